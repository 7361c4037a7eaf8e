//! What the simulated system offers to drivers: functions and data by module and name.
//!
//! A module lists its functions with [`exports!`](crate::exports); the image loader and the framework's function tables
//! ask for them here and get a thunk (see [`crate::thunk`]), which knows who called, counts, and checks the IRQL.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use parking_lot::RwLock;

use crate::thunk;

/// `PASSIVE_LEVEL`.
pub const PASSIVE: u8 = 0;
/// `APC_LEVEL`.
pub const APC: u8 = 1;
/// `DISPATCH_LEVEL`.
pub const DISPATCH: u8 = 2;
/// `HIGH_LEVEL`.
pub const HIGH: u8 = 15;

/// What stands behind a name.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// A function with the Windows x64 calling convention.
    Function(usize),
    /// A function that must be entered without a thunk, because it follows another convention (`__chkstk`).
    Raw(usize),
    /// A variable: makes it and returns its address.
    Data(fn() -> usize),
}

/// One name that a driver can import, or one entry of a framework's function table.
#[derive(Clone, Debug)]
pub struct Export {
    /// Module as in an import table; compared without case.
    pub module: &'static str,
    /// Name of the function or variable.
    pub name: &'static str,
    /// What it is.
    pub target: Target,
    /// Lowest and highest IRQL at which it may be called.
    pub irql: (u8, u8),
}

impl Export {
    /// A function and the IRQLs at which it may be called.
    #[must_use]
    pub const fn function(module: &'static str, name: &'static str, addr: usize, irql: (u8, u8)) -> Self {
        Self {
            module,
            name,
            target: Target::Function(addr),
            irql,
        }
    }
}

/// Converts `..=DISPATCH` style ranges for [`exports!`](crate::exports).
#[must_use]
pub const fn irqls(range: &RangeInclusive<u8>) -> (u8, u8) {
    (*range.start(), *range.end())
}

/// Lists the functions of one Windows module:
///
/// ```ignore
/// exports! { "ntoskrnl.exe";
///     KeSetEvent: PASSIVE..=DISPATCH,
///     KeReleaseSpinLock: DISPATCH..=DISPATCH,
/// }
/// ```
/// makes `pub fn exports() -> Vec<Export>`. The functions are `extern "win64"` and in scope by that name.
#[macro_export]
macro_rules! exports {
    ($module:literal; $($name:ident : $irql:expr),* $(,)?) => {
        /// What this module offers to drivers.
        #[must_use]
        pub fn exports() -> Vec<$crate::registry::Export> {
            #[allow(unused_imports)]
            use $crate::registry::{APC, DISPATCH, HIGH, PASSIVE};
            vec![$($crate::registry::Export::function(
                $module, stringify!($name), $name as *const () as usize, $crate::registry::irqls(&($irql)),
            )),*]
        }
    };
}

#[derive(Default)]
struct Tables {
    /// By id; the id is in the thunk.
    functions: Vec<&'static Export>,
    by_name: HashMap<(String, &'static str), usize>,
    thunks: HashMap<usize, usize>,
    traps: HashMap<String, usize>,
}

static TABLES: OnceLock<RwLock<Tables>> = OnceLock::new();

fn tables() -> &'static RwLock<Tables> {
    TABLES.get_or_init(|| RwLock::new(Tables::default()))
}

/// Adds a module's exports. Ids stay the same for the life of the process; adding the same name again is a no-op.
pub fn register(exports: Vec<Export>) {
    let mut tables = tables().write();
    for export in exports {
        let key = (export.module.to_ascii_lowercase(), export.name);
        if tables.by_name.contains_key(&key) {
            continue;
        }
        let id = tables.functions.len();
        assert!(id < thunk::MAX_FUNCTIONS, "too many emulated functions");
        tables.functions.push(Box::leak(Box::new(export)));
        tables.by_name.insert(key, id);
    }
}

/// The function with this id.
#[must_use]
pub fn by_id(id: usize) -> Option<&'static Export> {
    tables().read().functions.get(id).copied()
}

/// All functions in order of id.
#[must_use]
pub fn all() -> Vec<&'static Export> {
    tables().read().functions.clone()
}

/// The address that a driver gets for `module!name`, `None` if the simulator doesn't have it.
#[must_use]
pub fn resolve(module: &str, name: &str) -> Option<usize> {
    let mut tables = tables().write();
    let id = *tables
        .by_name
        .iter()
        .find(|((m, n), _)| *n == name && m.eq_ignore_ascii_case(module))
        .map(|(_, id)| id)?;
    Some(address_of(&mut tables, id))
}

/// The address of `name` in whichever module has it (`MmGetSystemRoutineAddress`: ntoskrnl and HAL).
#[must_use]
pub fn resolve_system(name: &str) -> Option<usize> {
    ["ntoskrnl.exe", "HAL.dll"]
        .iter()
        .find_map(|module| resolve(module, name))
}

fn address_of(tables: &mut Tables, id: usize) -> usize {
    let export = tables.functions[id];
    match export.target {
        Target::Raw(addr) => addr,
        Target::Data(make) => *tables.thunks.entry(id).or_insert_with(make),
        Target::Function(addr) => *tables
            .thunks
            .entry(id)
            .or_insert_with(|| thunk::make(id, addr, export.irql)),
    }
}

/// A function that reports who called `module!name` and answers a failure status.
#[must_use]
pub fn trap(module: &str, name: &str) -> usize {
    let full = format!("{module}!{name}");
    if let Some(addr) = tables().read().traps.get(&full) {
        return *addr;
    }
    let module: &'static str = Box::leak(module.to_owned().into_boxed_str());
    let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
    let mut tables = tables().write();
    let id = tables.functions.len();
    assert!(id < thunk::MAX_FUNCTIONS, "too many emulated functions");
    let export = Export::function(
        module,
        name,
        crate::trap::trapped as *const () as usize,
        (PASSIVE, HIGH),
    );
    tables.functions.push(Box::leak(Box::new(export)));
    let addr = address_of(&mut tables, id);
    tables.traps.insert(full, addr);
    addr
}
