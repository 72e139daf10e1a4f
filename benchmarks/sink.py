"""A server that takes everything and keeps nothing: the baseline of forwarding.

`python -m benchmarks.sink PORT` answers 204 to whatever is posted, on one connection at a time.
"""

import socket
import sys

READ = 1 << 16
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


def serve(port: int) -> None:
    """Answer until killed."""
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                while _answered(connection):
                    pass


def _answered(connection: socket.socket) -> bool:
    """Answer one request; False at the end of the connection."""
    data = b""
    while HEAD_END not in data:
        more = connection.recv(READ)
        if not more:
            return False
        data += more
    head, body = data.split(HEAD_END, 1)
    lines = (line.lower() for line in head.split(b"\r\n"))
    left = next(int(line.removeprefix(LENGTH)) for line in lines if line.startswith(LENGTH)) - len(body)
    while left > 0:
        left -= len(connection.recv(READ))
    connection.sendall(ANSWER)
    return True


if __name__ == "__main__":
    serve(int(sys.argv[1]))
