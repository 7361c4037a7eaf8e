#!/usr/bin/env python3
"""Writes the first corpus from the test vectors: packets and streams as captured, and short sequences by hand."""
import hashlib
import json
import pathlib

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


main()
