#!/usr/bin/env python3
"""Writes the first corpus from the test vectors: packets and streams as captured, and short sequences by hand."""
import hashlib
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
VECTORS = HERE.parent / "vectors"


def write(target, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)


def main():
    for path in sorted(VECTORS.glob("data-*.json")):
        capture = json.loads(path.read_text())
        choice = 4 + (capture["format"] == "epoch")
        for packet in capture["packets"][:4]:
            wire = bytes.fromhex(packet["wire_hex"])
            write("open", bytes([choice]) + wire)
            plaintext = bytes.fromhex(packet["plaintext_hex"])
            write("round_trip", bytes([choice, 9, 0, 1, 20, 20, 0, 255]) + plaintext)
        for stream in capture.get("tcp_stream", {}).values():
            data = bytes.fromhex(stream["stream_hex"])[:3000]
            cuts = bytes(min(length, 255) for length in stream["segment_lengths"][:40])
            write("stream", bytes([0xFF, 0x07, len(cuts)]) + cuts + data)
            write("stream", bytes([0xFF, 0x07, 6, 1, 1, 1, 0, 9, 2]) + data)
    for bad in (b"\x00\x00", b"\x08\x01", b"\x00\x01x\x00\x00"):
        write("stream", bytes([0xFF, 0x07, 2, 1, 1]) + bad)
    for case in json.loads((VECTORS / "replay-window.json").read_text())["cases"]:
        steps = b""
        last = 0
        for time, _, _ in case["window_2048_expire_30"]:
            steps += bytes([1]) + min((time - last) * 100 if last else 0, 65535).to_bytes(2, "little")
            steps += bytes([3]) + (len(steps) % 2176).to_bytes(2, "little")
            last = time
        write("replay", steps[:600])
    write("replay", bytes([0, 255, 255, 3, 0, 0, 248, 255, 255, 3, 1, 0, 1, 255, 255, 3, 2, 0]))
    send, wear, gap, reply, forge, deliver = 2, 0, 1, 4, 5, 6
    for first in (0, 0x8000, 0x8001):
        head = first.to_bytes(2, "little")
        rotate = [send, 0, deliver, 0, wear, 0, send, 1, deliver, 1, reply, 0, deliver, 0, forge, 1, deliver, 1]
        jump = [wear, 0, wear, 0, wear, 0, wear, 0, send, 0, forge, 0, deliver, 0, wear, 0, send, 0, deliver, 1, deliver, 0]
        far = [wear, 0] * 6 + [send, 0, deliver, 0, gap, 255, gap, 200, send, 0, deliver, 1]
        for steps in (rotate, jump, far, rotate + jump + far):
            write("epoch", head + bytes(steps))


def device_socket():
    """One frame of each kind, and all of them in a row: see userlib/devsock/PROTOCOL.md."""

    def frame(kind, request, body):
        return struct.pack("<IHHQ", len(body), kind, 0, request) + body

    def text(value):
        return struct.pack("<H", len(value)) + value

    one = struct.pack("<Q", 1)
    device = b"".join(map(text, (b"ovpn-dco", b"\\\\?\\x\\ovpn-dco", b"{1}", b"name", b"tun0", b"")))
    frames = [
        frame(0x01, 0, b"DEVSOCK\0" + struct.pack("<HB", 1, 2) + text(b"cli") + bytes(32)),
        frame(0x10, 1, struct.pack("<III", 0xC0000000, 0, 0x40000004) + text(b"\\\\.\\ovpn-dco")),
        frame(0x11, 2, one + struct.pack("<II", 0x220004, 12) + bytes(60)),
        frame(0x12, 3, one + struct.pack("<I", 2048)),
        frame(0x13, 4, one + b"packet"),
        frame(0x14, 5, one + struct.pack("<Q", 3)),
        frame(0x15, 6, one),
        frame(0x20, 7, b""),
        frame(0x21, 8, one),
        frame(0x22, 9, text(b"ovpn-dco") + text(b"name")),
        frame(0x23, 10, text(b"{1}")),
        frame(0x81, 0, struct.pack("<H", 1) + text(b"hosted")),
        frame(0x82, 0, text(b"no")),
        frame(0x90, 7, struct.pack("<IQ", 0, len(device)) + device),
        frame(0x90, 2, struct.pack("<IQ", 0x80000005, 4) + bytes(4)),
        frame(0x30, 1, device),
    ]
    for one_frame in frames:
        write("device_socket", one_frame)
    write("device_socket", b"".join(frames))


main()
device_socket()
