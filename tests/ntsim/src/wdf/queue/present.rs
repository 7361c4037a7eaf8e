//! Presenting requests to the driver's handlers, as many at a time as the dispatch type allows.

use std::sync::Arc;

use super::{PRESENTING, Queue, SEQUENTIAL};
use crate::abi::kmdf::IoQueueConfig;
use crate::cpu::{self, callback};
use crate::ntoskrnl::worker;
use crate::registry::PASSIVE as PASSIVE_LEVEL;
use crate::status::{self};
use crate::wdf::request::Request;
use crate::wdf::sync::{self, LEVEL_PASSIVE};

impl Queue {
    /// Presents what can be presented. Re-entered on the same thread it only notes that there is more.
    pub(in crate::wdf) fn pump(self: &Arc<Self>) {
        if self.is_manual() {
            return;
        }
        if self.object().execution_level == LEVEL_PASSIVE && cpu::irql() > PASSIVE_LEVEL {
            let this = Arc::clone(self);
            return worker::queue(move || this.pump());
        }
        let me = Arc::as_ptr(self);
        let nested = PRESENTING.with_borrow_mut(|list| match list.iter_mut().find(|(q, _)| *q == me) {
            Some(entry) => {
                entry.1 = true;
                true
            }
            None => {
                list.push((me, false));
                false
            }
        });
        if nested {
            return;
        }
        loop {
            while let Some(request) = self.take_presentable() {
                self.present(&request);
            }
            let again = PRESENTING.with_borrow_mut(|list| {
                let index = list.iter().rposition(|(q, _)| *q == me).unwrap_or(0);
                let again = std::mem::replace(&mut list[index].1, false);
                if !again {
                    list.remove(index);
                }
                again
            });
            if !again {
                return;
            }
        }
    }

    pub(super) fn take_presentable(self: &Arc<Self>) -> Option<Arc<Request>> {
        let limit = match self.config.dispatch_type {
            SEQUENTIAL => 1,
            _ => self.config.presented_requests as usize,
        };
        let mut state = self.state.lock();
        if !state.dispatching || !self.powered() || state.owned.len() >= limit {
            return None;
        }
        let request = state.queued.pop_front()?;
        request.set_driver_owned(self);
        state.owned.push(Arc::clone(&request));
        Some(request)
    }

    fn present(self: &Arc<Self>, request: &Arc<Request>) {
        let (queue, handle) = (self.object().handle(), request.handle());
        let parameters = request.parameters();
        let [first, second, third, _] = parameters
            .parameters
            .map(|v| usize::try_from(v).unwrap_or(usize::MAX));
        let code = u32::try_from(third & 0xFFFF_FFFF).unwrap_or(0);
        let config = &self.config;
        if matches!(parameters.kind, 3 | 4) && first == 0 && config.allow_zero_length == 0 {
            return request.complete(status::SUCCESS, 0);
        }
        sync::with_queue_lock(self, || match (parameters.kind, config) {
            (
                3,
                IoQueueConfig {
                    io_read: Some(read), ..
                },
            ) => callback::invoke("EvtIoRead", || read(queue, handle, first)),
            (
                4,
                IoQueueConfig {
                    io_write: Some(write),
                    ..
                },
            ) => callback::invoke("EvtIoWrite", || write(queue, handle, first)),
            (
                14,
                IoQueueConfig {
                    io_device_control: Some(control),
                    ..
                },
            ) => {
                callback::invoke("EvtIoDeviceControl", || {
                    control(queue, handle, first, second, code)
                });
            }
            (
                15,
                IoQueueConfig {
                    io_internal_device_control: Some(control),
                    ..
                },
            ) => {
                callback::invoke("EvtIoInternalDeviceControl", || {
                    control(queue, handle, first, second, code)
                });
            }
            (
                _,
                IoQueueConfig {
                    io_default: Some(default),
                    ..
                },
            ) => {
                callback::invoke("EvtIoDefault", || default(queue, handle));
            }
            _ => request.complete(status::INVALID_DEVICE_REQUEST, 0),
        });
    }
}
