"""What a tablet in the box's network is told: ``joined.py DEVICE NAME...``, one JSON object.

Asks for an address (DHCP, RFC 2131), as one that has none yet, and for the names (DNS, RFC 1035).
"""

import json
import socket
import struct
import sys

BOX = "10.42.0.1"


def offered(device: str) -> str:
    """Give the address that is offered, empty when none is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        ear.bind(("", 68))
        ear.settimeout(5)
        head = struct.pack("!BBBBIHH16x", 1, 1, 6, 0, 0x76696762, 0, 0x8000)
        wish = head + bytes.fromhex("dca632000003") + bytes(10 + 64 + 128)
        wish += bytes.fromhex("63825363 350101 ff")
        for _ in range(3):
            ear.sendto(wish, ("255.255.255.255", 67))
            try:
                return socket.inet_ntoa(ear.recv(1500)[16:20])
            except TimeoutError:
                continue
    return ""


def asked(name: str) -> str:
    """Give a name's address, or the code with which it is refused."""
    question = b"".join(bytes([len(each)]) + each.encode() for each in name.split("."))
    question += b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.settimeout(5)
        mouth.sendto(struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + question, (BOX, 53))
        told = mouth.recv(1500)
    return socket.inet_ntoa(told[-4:]) if told[7] else f"code {told[3] & 15}"


device, *names = sys.argv[1:]
sys.stdout.write(json.dumps({"offered": offered(device), "names": [asked(each) for each in names]}))
