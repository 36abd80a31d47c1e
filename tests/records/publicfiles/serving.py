"""A server on the loopback address, for tests of downloads: nothing leaves the machine."""

import hashlib
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LETTERS = bytes(range(256)) * 1000
NOTES = b"small\n"
SHA = {"letters.bin": hashlib.sha256(LETTERS).hexdigest(), "notes.txt": hashlib.sha256(NOTES).hexdigest()}


class Server(ThreadingHTTPServer):
    """Serves `bodies` by path, as `manner` says, and remembers what it was asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies = {"/letters.bin": LETTERS, "/notes.txt": NOTES}
        self.manner = "ranges"
        self.cut = None  # bytes after which the connection breaks
        self.asked = []

    def stop(self):
        """Stop listening; connections are refused from then on."""
        self.shutdown()
        self.server_close()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server, wanted = self.server, self.headers.get("Range")
        server.asked.append((self.path, wanted))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/letters.bin")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path not in server.bodies:
            self.send_error(404)
            return
        body, start = server.bodies[self.path], 0
        if wanted and server.manner != "no ranges":
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
            if server.manner == "unsatisfiable" or start >= len(body):
                self.send_error(416)
                return
            told = start + 7 if server.manner == "another range" else start
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {told}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        if server.manner != "no length":
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start : len(body) if server.cut is None else start + server.cut])


def held(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []
