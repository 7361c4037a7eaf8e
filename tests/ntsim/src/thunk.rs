//! Machine code between the driver and the emulated functions.
//!
//! Each function has a thunk that notes the return address and the function's id in the thread's processor page (gs),
//! counts the call there, remembers the deepest stack, compares the IRQL with what the function allows, and jumps on. It
//! costs less than a dozen instructions and touches no memory that another processor writes to.

use parking_lot::Mutex;

use crate::cpu::pcr;
use crate::guest::Guest;
use crate::registry;
use crate::violation::{self, Rule};

/// How many functions there can be: their counters are in the processor page.
pub const MAX_FUNCTIONS: usize = 2048;

const AREA: usize = 512 * 1024;

struct Area {
    writable: usize,
    executable: usize,
    used: usize,
}

static CODE: Mutex<Option<Area>> = Mutex::new(None);

/// Makes the thunk of function `id` at `target`, to be called at `irql.0..=irql.1`.
pub(crate) fn make(id: usize, target: usize, irql: (u8, u8)) -> usize {
    let mut code = Vec::with_capacity(160);
    let id32 = u32::try_from(id).unwrap_or(u32::MAX);
    code.extend([0x4C, 0x8B, 0x1C, 0x24]); // mov r11, [rsp]
    gs(&mut code, &[0x65, 0x4C, 0x89, 0x1C, 0x25], pcr::SITE); // mov gs:[SITE], r11
    gs(&mut code, &[0x65, 0x48, 0x3B, 0x24, 0x25], pcr::STACK); // cmp rsp, gs:[STACK]
    code.extend([0x73, 0x12]); // jae over the next two
    gs(&mut code, &[0x65, 0x48, 0x89, 0x24, 0x25], pcr::STACK); // mov gs:[STACK], rsp
    gs(&mut code, &[0x65, 0x4C, 0x89, 0x1C, 0x25], pcr::STACK_SITE); // mov gs:[STACK_SITE], r11
    gs(&mut code, &[0x65, 0xC7, 0x04, 0x25], pcr::FUNCTION); // mov dword gs:[FUNCTION], id + 1
    code.extend((id32 + 1).to_le_bytes());
    gs(&mut code, &[0x65, 0x48, 0xFF, 0x04, 0x25], pcr::COUNTS + 8 * id); // inc qword gs:[COUNTS + 8 id]
    gs(&mut code, &[0x65, 0x80, 0x3C, 0x25], pcr::WATCH); // cmp byte gs:[WATCH], 0
    code.extend([0x00, 0x74, 0x0D]); // je over the call
    call(&mut code, watched_entry as *const () as usize);
    gs(&mut code, &[0x65, 0x44, 0x8A, 0x1C, 0x25], pcr::IRQL); // mov r11b, gs:[IRQL]
    code.extend([0x41, 0x80, 0xEB, irql.0]); // sub r11b, min
    code.extend([0x41, 0x80, 0xFB, irql.1 - irql.0]); // cmp r11b, max - min
    code.extend([0x77, 0x0E]); // ja slow
    jump(&mut code, target); // jmp [rip + 0]; target
    // slow: both stubs end where the fast path does.
    call(&mut code, wrong_irql_entry as *const () as usize);
    jump(&mut code, target);
    place(&code)
}

fn gs(code: &mut Vec<u8>, opcode: &[u8], offset: usize) {
    code.extend(opcode);
    code.extend(u32::try_from(offset).unwrap_or(0).to_le_bytes());
}

/// 13 bytes.
fn call(code: &mut Vec<u8>, target: usize) {
    code.extend([0x49, 0xBB]); // mov r11, target
    code.extend((target as u64).to_le_bytes());
    code.extend([0x41, 0xFF, 0xD3]); // call r11
}

fn jump(code: &mut Vec<u8>, target: usize) {
    code.extend([0xFF, 0x25, 0, 0, 0, 0]);
    code.extend((target as u64).to_le_bytes());
}

/// Copies `code` to executable memory. Two views of the same memory, so that no page is writable and executable, and
/// thunks can be made while others run.
fn place(code: &[u8]) -> usize {
    let mut guard = CODE.lock();
    let area = guard.get_or_insert_with(Area::new);
    let start = area.used.next_multiple_of(16);
    assert!(start + code.len() <= AREA, "thunk area is full");
    Guest::<u8>::at(area.writable + start).write_bytes(code);
    area.used = start + code.len();
    area.executable + start
}

impl Area {
    fn new() -> Self {
        // SAFETY: makes an anonymous file; the name is a C string.
        let file = unsafe { libc::memfd_create(c"ntsim-thunks".as_ptr(), libc::MFD_CLOEXEC) };
        assert!(file >= 0, "no memory for thunks");
        // SAFETY: our own file.
        let sized = unsafe { libc::ftruncate(file, AREA as libc::off_t) };
        assert_eq!(sized, 0, "no memory for thunks");
        let writable = map(file, libc::PROT_READ | libc::PROT_WRITE);
        let executable = map(file, libc::PROT_READ | libc::PROT_EXEC);
        // SAFETY: our own descriptor; the mappings stay.
        unsafe { libc::close(file) };
        Self {
            writable,
            executable,
            used: 0,
        }
    }
}

fn map(file: i32, protection: i32) -> usize {
    // SAFETY: a fresh mapping at an address of the kernel's choice.
    let base = unsafe { libc::mmap(std::ptr::null_mut(), AREA, protection, libc::MAP_SHARED, file, 0) };
    assert!(base != libc::MAP_FAILED, "no memory for thunks");
    base as usize
}

/// An entry that saves the argument registers, calls a function without arguments, and returns to the thunk.
macro_rules! between {
    ($name:ident, $function:path) => {
        #[unsafe(naked)]
        extern "win64" fn $name() {
            std::arch::naked_asm!(
                "push rcx",
                "push rdx",
                "push r8",
                "push r9",
                "sub rsp, 0x60",
                "movups [rsp + 0x20], xmm0",
                "movups [rsp + 0x30], xmm1",
                "movups [rsp + 0x40], xmm2",
                "movups [rsp + 0x50], xmm3",
                "call {function}",
                "movups xmm0, [rsp + 0x20]",
                "movups xmm1, [rsp + 0x30]",
                "movups xmm2, [rsp + 0x40]",
                "movups xmm3, [rsp + 0x50]",
                "add rsp, 0x60",
                "pop r9",
                "pop r8",
                "pop rdx",
                "pop rcx",
                "ret",
                function = sym $function,
            )
        }
    };
}

between!(wrong_irql_entry, wrong_irql);
between!(watched_entry, crate::schedule::call);

extern "win64" fn wrong_irql() {
    let cpu = crate::cpu::current();
    let Some(function) = cpu.function() else { return };
    let (min, max) = function.irql;
    let text = if cpu.irql() > max {
        format!(
            "{} called at IRQL {}, highest allowed is {max}",
            function.name,
            cpu.irql()
        )
    } else {
        format!(
            "{} called at IRQL {}, lowest allowed is {min}",
            function.name,
            cpu.irql()
        )
    };
    violation::report(Rule::IRQL, text);
}

/// How often each function was called since boot, by id.
#[must_use]
pub fn counts() -> Vec<(&'static registry::Export, u64)> {
    let totals = pcr::totals();
    registry::all()
        .into_iter()
        .enumerate()
        .map(|(id, f)| (f, totals[id]))
        .filter(|(_, n)| *n > 0)
        .collect()
}
