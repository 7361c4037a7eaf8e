//! What the processor traps on: privileged instructions that kernel code may use, and bad addresses.
//!
//! Inlined kernel functions read and write CR8, read the shared user data page at its kernel address, and end in
//! `int 0x29` when a check fails. In user mode all of these fault; the handler emulates or reports them. Any other fault
//! while driver code is on the stack becomes an `access-violation`, and the machine stops.

use std::cell::Cell;

use iced_x86::{Code, Decoder, DecoderOptions, Instruction, OpKind, Register};

use super::current;
use crate::guest::{Guest, address as guest_address};
use crate::violation::{self, Rule};
use crate::{image, machine, netio, ntoskrnl, violate};

const STACK: usize = 256 * 1024;
/// `KI_USER_SHARED_DATA` of x64 kernels.
const SHARED_DATA: u64 = 0xFFFF_F780_0000_0000;

thread_local! {
    static STACKS: Cell<bool> = const { Cell::new(false) };
    static REPORT_STACK: Cell<usize> = const { Cell::new(0) };
}

/// Installs the handlers; doing it again is harmless.
pub(crate) fn install() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // The decoder builds its tables on first use, which a signal handler can't wait for.
        let _ = decode(&[0x44, 0x0F, 0x20, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0);
        for signal in [
            libc::SIGSEGV,
            libc::SIGBUS,
            libc::SIGILL,
            libc::SIGTRAP,
            libc::SIGFPE,
        ] {
            let mut action = empty_action();
            action.sa_sigaction = handler as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            // SAFETY: a valid action for a valid signal.
            let result = unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
            assert_eq!(result, 0, "sigaction failed");
        }
    });
}

fn empty_action() -> libc::sigaction {
    // SAFETY: all zeroes is a valid `sigaction` (default handler, empty mask).
    unsafe { std::mem::zeroed() }
}

/// Gives the thread a stack for the handler and one for reporting a stack overflow.
pub(crate) fn alternate_stack() {
    if STACKS.replace(true) {
        return;
    }
    let memory = Box::leak(vec![0u8; 2 * STACK].into_boxed_slice());
    let stack = libc::stack_t {
        ss_sp: memory.as_mut_ptr().cast(),
        ss_flags: 0,
        ss_size: STACK,
    };
    // SAFETY: the memory is leaked, so it outlives the thread's use of it.
    unsafe { libc::sigaltstack(&raw const stack, std::ptr::null_mut()) };
    REPORT_STACK.set(memory.as_ptr() as usize + 2 * STACK - 64);
}

/// What the landing function is told, packed into registers.
#[repr(u64)]
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Access,
    FastFail,
    Break,
    Instruction,
}

extern "C" fn handler(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let context: Guest<libc::ucontext_t> = Guest::at(context as usize);
    let mut registers = Registers(crate::at!(context.uc_mcontext.gregs));
    let rip = registers.get(libc::REG_RIP);
    let in_driver = image::contains(guest_address(rip));
    if !in_driver && current().depth.get() == 0 {
        return default_action(signal);
    }
    let code = if in_driver {
        Guest::<u8>::at(guest_address(rip)).read_bytes(16)
    } else {
        Vec::new()
    };
    let instruction = decode(&code, rip);
    if in_driver && emulate(&instruction, &mut registers) {
        registers.set(libc::REG_RIP, instruction.next_ip());
        return;
    }
    let info: Guest<libc::siginfo_t> = Guest::at(info as usize);
    let kind = match (signal, instruction.code()) {
        (_, Code::Int_imm8) if instruction.immediate8() == 0x29 => Kind::FastFail,
        (libc::SIGTRAP, _) => Kind::Break,
        (libc::SIGSEGV | libc::SIGBUS, _) => Kind::Access,
        _ => Kind::Instruction,
    };
    let address = match kind {
        Kind::FastFail => registers.get(libc::REG_RCX) & 0xFFFF_FFFF,
        Kind::Access => bad_address(info, &instruction, &registers),
        _ => rip,
    };
    land(&mut registers, kind, address, rip);
}

/// The address that faulted: the processor's, or computed from the operand where it isn't canonical.
fn bad_address(info: Guest<libc::siginfo_t>, instruction: &Instruction, registers: &Registers) -> u64 {
    // si_addr is the first field behind the three integers and their padding.
    let address: u64 = info.byte_offset::<u64>(16).read();
    let computed = (0..instruction.op_count())
        .find(|&i| instruction.op_kind(i) == OpKind::Memory)
        .and_then(|i| instruction.virtual_address(i, 0, |register, _, _| registers.named(register)));
    if address != 0 {
        address
    } else {
        computed.unwrap_or(0)
    }
}

fn default_action(signal: i32) {
    let action = empty_action();
    // SAFETY: restores the default action; the faulting instruction runs again and ends the process.
    unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
}

fn decode(code: &[u8], rip: u64) -> Instruction {
    Decoder::with_ip(64, code, rip, DecoderOptions::NONE).decode()
}

/// Makes the interrupted thread continue in [`landing`] with a sound stack.
fn land(registers: &mut Registers, kind: Kind, address: u64, rip: u64) {
    let rsp = registers.get(libc::REG_RSP);
    let overflow =
        kind == Kind::Access && address.abs_diff(rsp) < 64 * 1024 && REPORT_STACK.get() != 0 && address < rsp;
    let stack = if overflow {
        REPORT_STACK.get() as u64
    } else {
        rsp.wrapping_sub(512)
    };
    registers.set(libc::REG_RSP, (stack & !15).wrapping_sub(8));
    registers.set(libc::REG_RDI, kind as u64);
    registers.set(libc::REG_RSI, address);
    registers.set(libc::REG_RDX, rip);
    registers.set(libc::REG_RCX, u64::from(overflow));
    registers.set(libc::REG_RIP, landing as *const () as usize as u64);
}

/// Runs on the faulting thread, outside of the signal handler: reports, and never returns.
extern "C" fn landing(kind: Kind, address: u64, rip: u64, overflow: u64) -> ! {
    let address = guest_address(address);
    let place = image::describe(guest_address(rip));
    match kind {
        Kind::FastFail => {
            violation::report_at(
                Rule::FAST_FAIL,
                guest_address(rip),
                format!("__fastfail({address})"),
            );
        }
        Kind::Break => violation::report_at(
            Rule::BUGCHECK,
            guest_address(rip),
            "breakpoint without a debugger".to_owned(),
        ),
        Kind::Instruction => {
            violation::report_at(
                Rule::ACCESS,
                guest_address(rip),
                format!("instruction that ntsim can't run, at {place}"),
            );
        }
        Kind::Access if overflow != 0 => {
            violation::report_at(
                Rule::ACCESS,
                guest_address(rip),
                "kernel stack overflow".to_owned(),
            );
        }
        Kind::Access => {
            let what = netio::whose(address).map_or_else(|| ntoskrnl::pool::describe(address), str::to_owned);
            if image::contains(guest_address(rip)) {
                violation::report_at(
                    Rule::ACCESS,
                    guest_address(rip),
                    format!("access to {address:#x}, {what}"),
                );
            } else {
                violate!(ACCESS, "a call was given the address {address:#x}, {what}");
            }
        }
    }
    machine::stop()
}

/// Runs instructions that kernel code may use and user code may not. `false`: not one of them.
fn emulate(instruction: &Instruction, registers: &mut Registers) -> bool {
    let cpu = current();
    match instruction.code() {
        Code::Mov_r64_cr if instruction.op1_register() == Register::CR8 => {
            registers.set_named(instruction.op0_register(), u64::from(cpu.irql()));
            true
        }
        Code::Mov_cr_r64 if instruction.op0_register() == Register::CR8 => {
            let new = registers.named(instruction.op1_register()).unwrap_or(0);
            cpu.set_irql(u8::try_from(new & 15).unwrap_or(0));
            true
        }
        Code::Mov_r64_rm64
        | Code::Mov_r32_rm32
        | Code::Mov_RAX_moffs64
        | Code::Mov_EAX_moffs32
        | Code::Movzx_r32_rm8
        | Code::Movzx_r32_rm16
        | Code::Mov_r8_rm8 => {
            let operand = instruction.virtual_address(1, 0, |register, _, _| registers.named(register));
            let Some(offset) = operand
                .and_then(|a| a.checked_sub(SHARED_DATA))
                .filter(|o| *o < 0x1000)
            else {
                return false;
            };
            let value = ntoskrnl::time::shared_data(guest_address(offset), instruction.memory_size().size());
            registers.set_named(instruction.op0_register(), value);
            true
        }
        _ => false,
    }
}

/// The general registers of an interrupted thread.
struct Registers(Guest<[libc::greg_t; 23]>);

impl Registers {
    fn slot(&self, index: i32) -> Guest<u64> {
        self.0.cast::<u64>().index(usize::try_from(index).unwrap_or(0))
    }

    fn get(&self, index: i32) -> u64 {
        self.slot(index).read()
    }

    fn set(&mut self, index: i32, value: u64) {
        self.slot(index).write(value);
    }

    /// The value of a register as the decoder names it; segment bases are 0 (flat), others unknown.
    fn named(&self, register: Register) -> Option<u64> {
        if register.is_segment_register() {
            return Some(0);
        }
        let full = self.get(index_of(register.full_register())?);
        Some(match register.size() {
            4 => full & 0xFFFF_FFFF,
            2 => full & 0xFFFF,
            1 => full & 0xFF,
            _ => full,
        })
    }

    /// Writes a register; 32-bit writes clear the upper half as the processor does.
    fn set_named(&mut self, register: Register, value: u64) {
        let Some(index) = index_of(register.full_register()) else {
            return;
        };
        let old = self.get(index);
        let new = match register.size() {
            1 => old & !0xFF | value & 0xFF,
            2 => old & !0xFFFF | value & 0xFFFF,
            4 => value & 0xFFFF_FFFF,
            _ => value,
        };
        self.set(index, new);
    }
}

fn index_of(register: Register) -> Option<i32> {
    Some(match register {
        Register::RAX => libc::REG_RAX,
        Register::RBX => libc::REG_RBX,
        Register::RCX => libc::REG_RCX,
        Register::RDX => libc::REG_RDX,
        Register::RSI => libc::REG_RSI,
        Register::RDI => libc::REG_RDI,
        Register::RBP => libc::REG_RBP,
        Register::RSP => libc::REG_RSP,
        Register::R8 => libc::REG_R8,
        Register::R9 => libc::REG_R9,
        Register::R10 => libc::REG_R10,
        Register::R11 => libc::REG_R11,
        Register::R12 => libc::REG_R12,
        Register::R13 => libc::REG_R13,
        Register::R14 => libc::REG_R14,
        Register::R15 => libc::REG_R15,
        Register::RIP => libc::REG_RIP,
        _ => return None,
    })
}
