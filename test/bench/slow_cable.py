"""A cable that takes its time and loses frames: copies Ethernet frames between two interfaces.

usage: slow_cable.py INTERFACE INTERFACE ONE_WAY_MS LOSS SEED

LOSS is the share of UDP datagrams (0 to 1) that do not arrive; ARP always does. Writes "ready" when
it forwards and runs until it is killed. Linux, as root, in a namespace of its own.
"""
import collections
import random
import select
import socket
import sys
import time

ALL_PROTOCOLS = 3
ETHERNET, IPV4, UDP = 14, b"\x08\x00", 17
OUTGOING = 4
BUFFER = 8 << 20


def open_end(name):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
    end.bind((name, 0))
    end.setblocking(False)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    return end


def is_udp(frame):
    return frame[12:14] == IPV4 and len(frame) > 33 and frame[23] == UDP


def without_checksum(frame):
    """The sender left the checksum to a network card that is not there: none at all is valid."""
    is_first_fragment = not (frame[20] & 0x1F or frame[21])
    if not is_first_fragment:
        return frame
    at = ETHERNET + (frame[14] & 15) * 4 + 6
    return frame[:at] + b"\0\0" + frame[at + 2:]


def main():
    delay, loss = float(sys.argv[3]) / 1000, float(sys.argv[4])
    chance = random.Random(int(sys.argv[5]))
    ends = [open_end(name) for name in sys.argv[1:3]]
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    on_the_way = collections.deque()
    print("ready", flush=True)
    while True:
        wait = max(0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
        readable, _, _ = select.select(ends, [], [], wait)
        for end in readable:
            while True:
                try:
                    frame, address = end.recvfrom(65535)
                except BlockingIOError:
                    break
                if address[2] == OUTGOING:
                    continue
                if is_udp(frame):
                    if chance.random() < loss:
                        continue
                    frame = without_checksum(frame)
                on_the_way.append((time.monotonic() + delay, other[end], frame))
        now = time.monotonic()
        while on_the_way and on_the_way[0][0] <= now:
            _, end, frame = on_the_way.popleft()
            try:
                end.send(frame)
            except OSError:
                pass  # The interface is gone, or its queue full: a frame less.


main()
