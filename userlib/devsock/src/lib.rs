//! The device over a local socket: CreateFile, DeviceIoControl, ReadFile, WriteFile, CancelIoEx, CloseHandle
