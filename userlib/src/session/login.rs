//! Passphrases, user names, passwords, tokens and questions, over all attempts of a session.

use zeroize::Zeroizing;

use super::remotes::Advance;
use super::{Lost, Question, SessionError, User};
use crate::control::{
    self, AuthFailure, CloseReason, DynamicChallenge, PushReply, TlsConfig, TlsSetupError,
    static_challenge_password,
};
use crate::profile::{AuthOptions, AuthRetry, Credentials, TlsOptions};

/// How often a passphrase may be typed wrong.
const PASSPHRASE_TRIES: usize = 3;

/// Sets TLS up, asking for the private key's passphrase if it has one.
pub(super) fn tls(options: &TlsOptions, user: &mut dyn User) -> Result<TlsConfig, SessionError> {
    let mut passphrase = None;
    for _ in 0..PASSPHRASE_TRIES {
        let typed = passphrase.as_ref().map(|p: &Zeroizing<String>| p.as_str());
        let (at, again) = match TlsConfig::new(options, typed) {
            Err(TlsSetupError::PassphraseNeeded { at }) => (at, false),
            Err(TlsSetupError::WrongPassphrase { at }) if options.key_passphrase.is_none() => (at, true),
            other => return Ok(other?),
        };
        let question = Question::KeyPassphrase { at: &at, again };
        passphrase = Some(
            user.ask(&question)
                .ok_or(SessionError::NoAnswer("the private key's passphrase"))?,
        );
    }
    Ok(TlsConfig::new(options, passphrase.as_ref().map(|p| p.as_str()))?)
}

/// What is known of the login.
pub(super) struct Login {
    options: AuthOptions,
    /// What was typed or read, kept for the next connection unless `auth-nocache`.
    known: Option<Credentials>,
    /// What the server gave instead of a password.
    token: Option<Credentials>,
    /// The answer to a question, for the next connection only.
    challenge: Option<DynamicChallenge>,
    /// The server has refused what is known.
    refused: bool,
}

impl Login {
    pub(super) fn new(options: &AuthOptions) -> Self {
        Self {
            options: options.clone(),
            known: None,
            token: None,
            challenge: None,
            refused: false,
        }
    }

    /// What to log in with now, asking for what isn't known.
    pub(super) fn credentials(&mut self, user: &mut dyn User) -> Result<Option<Credentials>, SessionError> {
        if let Some(challenge) = self.challenge.take() {
            let answer = match challenge.response_required {
                true => user.ask(&Question::Challenge(&challenge)),
                false => Some(Zeroizing::default()),
            };
            let answer = answer.ok_or(SessionError::NoAnswer("the answer to the server's question"))?;
            let username = Zeroizing::new(challenge.username.clone());
            return Ok(Some(Credentials {
                username,
                password: challenge.password(&answer),
            }));
        }
        if !self.options.needed {
            return Ok(None);
        }
        if let Some(token) = &self.token {
            return Ok(Some(token.clone()));
        }
        let mut credentials = self.typed(user)?;
        if let Some(challenge) = &self.options.static_challenge {
            let question = Question::StaticChallenge {
                text: &challenge.text,
                echo: challenge.echo,
            };
            let answer = user
                .ask(&question)
                .ok_or(SessionError::NoAnswer("the answer to the challenge"))?;
            credentials.password = match challenge.concat {
                true => Zeroizing::new(format!("{}{}", *credentials.password, *answer)),
                false => static_challenge_password(&credentials.password, &answer),
            };
        }
        control::check_credentials(&credentials)?;
        Ok(Some(credentials))
    }

    fn typed(&mut self, user: &mut dyn User) -> Result<Credentials, SessionError> {
        if let Some(known) = &self.known {
            return Ok(known.clone());
        }
        let username = match &self.options.username {
            Some(username) => username.clone(),
            None => user
                .ask(&Question::Username)
                .ok_or(SessionError::NoAnswer("a user name"))?,
        };
        let password = match &self.options.password {
            Some(password) if !self.refused => password.clone(),
            _ => {
                let question = Question::Password {
                    username: &username,
                    again: self.refused,
                };
                user.ask(&question).ok_or(SessionError::NoAnswer("a password"))?
            }
        };
        let credentials = Credentials { username, password };
        if !self.options.nocache {
            self.known = Some(credentials.clone());
        }
        Ok(credentials)
    }

    /// The server has let this client in, and may have given it a token.
    pub(super) fn accepted(&mut self, push: &PushReply, used: Option<&Credentials>) {
        self.refused = false;
        if let Some(token) = &push.auth_token {
            let username = match (&push.auth_token_user, used) {
                (Some(user), _) => Zeroizing::new(user.clone()),
                (None, Some(used)) => used.username.clone(),
                (None, None) => Zeroizing::default(),
            };
            self.token = Some(Credentials {
                username,
                password: token.clone(),
            });
        }
    }

    /// What the end of a connection means for the next: where to go, or `None` if there is no use in another with
    /// this server.
    pub(super) fn after(&mut self, lost: &Lost, was_up: bool) -> Option<Advance> {
        let Lost::Closed(reason) = lost else {
            return Some(if was_up {
                Advance::Stay(None)
            } else {
                Advance::Address
            });
        };
        match reason {
            CloseReason::AuthFailed(failure) => self.after_failure(failure),
            CloseReason::Halt(_)
            | CloseReason::Certificate(_)
            | CloseReason::Push(_)
            | CloseReason::Exited => None,
            CloseReason::Restart(restart) => {
                if !restart.keep_password && self.options.nocache {
                    self.known = None;
                }
                Some(if restart.next_server {
                    Advance::Remote
                } else {
                    Advance::Stay(None)
                })
            }
            _ if was_up => Some(Advance::Stay(None)),
            _ => Some(Advance::Address),
        }
    }

    fn after_failure(&mut self, failure: &AuthFailure) -> Option<Advance> {
        match failure {
            AuthFailure::Challenge(challenge) => {
                self.challenge = Some(challenge.clone());
                Some(Advance::Stay(Some(core::time::Duration::ZERO)))
            }
            AuthFailure::Temporary { backoff, advance, .. } => Some(match advance {
                control::Advance::Stay => Advance::Stay(*backoff),
                control::Advance::Address => Advance::Address,
                control::Advance::Remote => Advance::Remote,
            }),
            // A token that is no longer good leaves the password.
            AuthFailure::SessionExpired { .. } | AuthFailure::Denied { .. }
                if self.token.take().is_some() =>
            {
                Some(Advance::Stay(None))
            }
            AuthFailure::SessionExpired { .. } => Some(Advance::Stay(None)),
            AuthFailure::Denied { .. } => match self.options.retry {
                AuthRetry::None => None,
                AuthRetry::NoInteract => Some(Advance::Stay(None)),
                AuthRetry::Interact => {
                    (self.known, self.refused) = (None, true);
                    Some(Advance::Stay(None))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SessionEvent;
    use super::*;

    struct Typist(Vec<&'static str>, Vec<String>);

    impl User for Typist {
        fn tell(&mut self, _: SessionEvent<'_>) {}

        fn ask(&mut self, question: &Question<'_>) -> Option<Zeroizing<String>> {
            self.1.push(question.to_string());
            (!self.0.is_empty()).then(|| Zeroizing::new(self.0.remove(0).to_owned()))
        }
    }

    fn denied() -> Lost {
        Lost::Closed(CloseReason::AuthFailed(AuthFailure::Denied {
            reason: String::new(),
        }))
    }

    fn options(retry: AuthRetry) -> AuthOptions {
        AuthOptions {
            needed: true,
            retry,
            ..AuthOptions::default()
        }
    }

    #[test]
    fn a_password_is_asked_once_and_again_after_a_refusal_if_the_profile_says_so() {
        let mut user = Typist(vec!["me", "wrong", "me", "right"], vec![]);
        let mut login = Login::new(&options(AuthRetry::Interact));
        assert_eq!(
            login.credentials(&mut user).unwrap().unwrap().password.as_str(),
            "wrong"
        );
        assert_eq!(
            login.credentials(&mut user).unwrap().unwrap().password.as_str(),
            "wrong"
        );
        assert!(login.after(&denied(), false).is_some());
        assert_eq!(
            login.credentials(&mut user).unwrap().unwrap().password.as_str(),
            "right"
        );
        assert_eq!(user.1[3], "The server has refused it. Password of me");
        assert!(
            Login::new(&options(AuthRetry::None))
                .after(&denied(), false)
                .is_none()
        );
    }

    #[test]
    fn a_token_replaces_the_password_until_it_is_refused() {
        let mut user = Typist(vec!["me", "secret"], vec![]);
        let mut login = Login::new(&options(AuthRetry::None));
        let used = login.credentials(&mut user).unwrap();
        let push = PushReply {
            auth_token: Some(Zeroizing::new("token".into())),
            ..PushReply::default()
        };
        login.accepted(&push, used.as_ref());
        let with_token = login.credentials(&mut user).unwrap().unwrap();
        assert_eq!(
            (with_token.username.as_str(), with_token.password.as_str()),
            ("me", "token")
        );
        assert!(login.after(&denied(), true).is_some());
        assert_eq!(
            login.credentials(&mut user).unwrap().unwrap().password.as_str(),
            "secret"
        );
        assert!(login.after(&denied(), false).is_none());
    }

    #[test]
    fn questions_are_answered_in_the_password() {
        let mut user = Typist(vec!["me", "secret", "4711", "0815"], vec![]);
        let mut with_challenge = options(AuthRetry::None);
        with_challenge.static_challenge = Some(crate::profile::StaticChallenge {
            text: "Code?".into(),
            echo: true,
            concat: false,
        });
        let mut login = Login::new(&with_challenge);
        let password = login.credentials(&mut user).unwrap().unwrap().password;
        assert_eq!(password.as_str(), "SCRV1:c2VjcmV0:NDcxMQ==");
        let challenge = DynamicChallenge {
            response_required: true,
            echo: false,
            state_id: "id".into(),
            username: "me".into(),
            text: "More?".into(),
        };
        let lost = Lost::Closed(CloseReason::AuthFailed(AuthFailure::Challenge(challenge)));
        assert!(login.after(&lost, false).is_some());
        assert_eq!(
            login.credentials(&mut user).unwrap().unwrap().password.as_str(),
            "CRV1::id::0815"
        );
        assert_eq!(user.1, ["User name", "Password of me", "Code?", "More?"]);
        assert!(matches!(
            login.credentials(&mut user),
            Err(SessionError::NoAnswer(_))
        ));
    }
}
