"""A service that does as it is told: a raw-socket HTTP server with a script, on loopback, for the tests.

It records each connection and each request, and answers the n-th request with the n-th reply of its script, however
wrong that is. A request for which the script has no reply gets its connection closed. Leaving the `with` block ends
all of its threads and sockets, and raises whatever went wrong in it that was not the client's hanging up.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from oauthlib.common import Request as Verifiable
from oauthlib.oauth1.rfc5849.signature import collect_parameters, verify_hmac_sha1

from flickr_auth.account import Account, ConsumerKeys, Token
from flickr_auth.provider import Provider, at
from flickr_auth.transport import Transport

from samples import API_KEY, OAUTH_TOKEN

KEYS = ConsumerKeys(API_KEY, "5ecre7-of-the-api-key", "the file apikeys")
REQUEST = Token("72157626737672178-022bbd2f4c2f3432", "5ecre7-of-the-request")
ACCESS = Token(OAUTH_TOKEN, "5ecre7-of-the-access")
ACCOUNT = Account.of(KEYS, ACCESS)
VERIFIER = "5ecre7-5d1b96a26b494074"
FORM = {"Content-Type": "text/plain;charset=UTF-8"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Request:
    """What arrived: the head and body of one request, and the number of the connection it came on."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True, strict_parsing=False)

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode("ascii"), keep_blank_values=True, strict_parsing=False)

    @property
    def oauth(self) -> list[tuple[str, str]]:
        """The parameters in the Authorization header (RFC 5849 §3.5.1), in their order, with what is doubled."""
        scheme, _, rest = self.header("Authorization").partition(" ")
        assert scheme == "OAuth", scheme
        pairs = (re.fullmatch(r'([^=]+)="([^"]*)"', each.strip()) for each in rest.split(","))
        return [(unquote(pair[1]), unquote(pair[2])) for pair in pairs if pair is not None]

    def header(self, name: str) -> str:
        """The value of a header that is there exactly once."""
        (value,) = [value for each, value in self.headers if each.lower() == name.lower()]
        return value


class Line:
    """One connection, as a reply sees it."""

    def __init__(self, sock: socket.socket, leaving: threading.Event) -> None:
        self.sock = sock
        self.leaving = leaving

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def wait_until_left(self) -> None:
        """Wait for the client to hang up, or for the server's end."""
        while self.sock.recv(4096):
            pass


Reply = Callable[[Line], bool]  # whether the connection stays open for another request


def answer(
    body: str | bytes = b"",
    status: int = 200,
    headers: Mapping[str, str] = FORM,
    *,
    length: int | None = None,
    then_close: bool = False,
) -> Reply:
    """A well-formed answer, or one whose Content-Length is wrong, after which the connection is closed."""
    raw = body.encode() if isinstance(body, str) else body
    head = {"Content-Length": str(len(raw) if length is None else length), **headers}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in head.items()), "", ""]

    def reply(line: Line) -> bool:
        line.send("\r\n".join(lines).encode("latin-1") + raw)
        return length is None and not then_close

    return reply


def raw(data: bytes) -> Reply:
    """These bytes, and then the end of the connection."""

    def reply(line: Line) -> bool:
        line.send(data)
        return False

    return reply


def hang(start: bytes = b"") -> Reply:
    """These bytes, and then nothing more, for ever."""

    def reply(line: Line) -> bool:
        line.send(start)
        line.wait_until_left()
        return False

    return reply


def endless(start: bytes, piece: bytes, pause: float = 0.0) -> Reply:
    """These bytes, and then the piece again and again (every `pause` seconds) until the client hangs up."""

    def reply(line: Line) -> bool:
        line.send(start)
        while not line.leaving.wait(pause):
            line.send(piece)
        return False

    return reply


def reset() -> Reply:
    """No answer but a TCP reset."""

    def reply(line: Line) -> bool:
        line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return reply


def tunnel(tls: ssl.SSLContext, seen: list[Request], then: Reply | None = None) -> Reply:
    """A proxy's yes to a CONNECT, and then the host at its other end: it takes one request, over TLS, into `seen`."""

    def reply(line: Line) -> bool:
        line.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with tls.wrap_socket(line.sock, server_side=True) as inner:
            if (request := _read(inner, 0)) is not None:
                seen.append(request)
                (then or answer("fine"))(Line(inner, line.leaving))
        return False

    return reply


@dataclass
class RudeServer:
    """Serves the replies in their order, one a request; `tls` makes it speak TLS.

    `listening` False keeps the port and refuses connections until `listen` is called. `greeting` is said at once on
    every connection, which then ends: the server does not wait for what the client has to say.
    """

    replies: list[Reply]
    tls: ssl.SSLContext | None = None
    listening: bool = True
    greeting: bytes = b""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> RudeServer:
        self._leaving = threading.Event()
        self._lock = threading.Lock()
        self._closed = threading.Condition(self._lock)
        self._open: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._faults: list[BaseException] = []
        self._accepting = False
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.bind(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        if self.listening:
            self.listen()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._leaving.set()
        if self._accepting:
            with contextlib.suppress(OSError):  # wakes `accept` on every system
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            self._acceptor.join()
        with self._lock:
            for sock in self._open.values():
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()
        if self._faults:
            raise self._faults[0]

    @property
    def provider(self) -> Provider:
        """The endpoints under this server's address."""
        return at(f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}")

    def listen(self) -> None:
        """Begin to take connections."""
        self._listener.listen(16)
        self._accepting = True
        self._acceptor = threading.Thread(target=self._accept, name="rude acceptor", daemon=True)
        self._acceptor.start()

    def wait_until_closed(self, connection: int) -> None:
        """Wait until the server's end of that connection (the first is 1) is closed."""
        with self._closed:
            closed = self._closed.wait_for(
                lambda: self.connections >= connection and connection not in self._open, timeout=10
            )
        assert closed, f"connection {connection} is still open"

    def _accept(self) -> None:
        while True:
            sock, _address = self._listener.accept()
            if self._leaving.is_set():
                sock.close()
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                self._open[number] = sock
            thread = threading.Thread(target=self._serve, args=(sock, number), name="rude server", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            if self.tls is not None:
                sock = self.tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                with self._lock:
                    self._open[number] = sock
                sock.do_handshake()
            line = Line(sock, self._leaving)
            if self.greeting:
                line.send(self.greeting)
                sock.shutdown(socket.SHUT_WR)
                line.wait_until_left()
                return
            while (request := _read(sock, number)) is not None:
                with self._lock:
                    reply = self.replies[len(self.requests)] if len(self.requests) < len(self.replies) else raw(b"")
                    self.requests.append(request)
                if not reply(line):
                    break
        except OSError:
            pass  # the client hung up, or did not like our certificate; both are for the test to judge
        except BaseException as fault:  # noqa: BLE001  # raised where the `with` block ends
            self._faults.append(fault)
        finally:
            sock.close()
            with self._closed:
                del self._open[number]
                self._closed.notify_all()


def _read(sock: socket.socket, number: int) -> Request | None:
    """The next request on the connection; None at its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _version = first.split(" ")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    length = int({name.lower(): value for name, value in headers}.get("content-length", "0"))
    while len(body) < length:
        more = sock.recv(65536)
        if not more:
            return None
        body += more
    return Request(method, target, headers, body, number)


@contextlib.contextmanager
def swallowing(host: str, port: int = 0) -> Iterator[int]:
    """A port whose queue is full: a connection never opens, as at an address whose packets are lost."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener, contextlib.ExitStack() as stack:
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(3):
            client = stack.enter_context(socket.socket(family))
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def verified(request: Request, site: str, token_secret: str = "") -> bool:
    """Whether the signature of a request to `site` (scheme, host, port) is right, as oauthlib's server side sees it."""
    verifiable = Verifiable(f"{site}{request.target}", request.method, request.body, dict(request.headers))
    verifiable.signature = dict(request.oauth)["oauth_signature"]
    verifiable.params = collect_parameters(
        uri_query=verifiable.uri_query,
        body=request.form if ("Content-Type", "application/x-www-form-urlencoded") in request.headers else [],
        headers=dict(request.headers),
    )
    return verify_hmac_sha1(verifiable, KEYS.api_secret, token_secret)


@contextlib.contextmanager
def talking(
    *replies: Reply,
    keys: ConsumerKeys = KEYS,
    tls: ssl.SSLContext | None = None,
    listening: bool = True,
    **options: object,
) -> Iterator[tuple[RudeServer, Transport]]:
    """A server with this script, and a transport to it made with these options; nothing of either is left behind."""
    before = set(threading.enumerate())
    with RudeServer(list(replies), tls, listening) as server, Transport(server.provider, keys, **options) as transport:
        yield server, transport
    for thread in set(threading.enumerate()) - before:
        if thread.name == "bounded":  # given up by the transport; with its server gone it comes to an end
            thread.join(10)


def request_token_answer(confirmed: str = "oauth_callback_confirmed=true&") -> Reply:
    """Flickr's answer to the first leg."""
    token = f"oauth_token={REQUEST.oauth_token}&oauth_token_secret={REQUEST.oauth_token_secret}"
    return answer(f"{confirmed}{token}")


def access_token_answer(names: str = "fullname=Jamal%20Fanaian&username=jamalfanaian") -> Reply:
    """Flickr's answer to the third leg."""
    token = f"oauth_token={ACCESS.oauth_token}&oauth_token_secret={ACCESS.oauth_token_secret}"
    return answer(f"{token}&user_nsid=21207597%40N07&{names}")


def check_token_answer(perms: str = "read") -> Reply:
    """Flickr's answer to flickr.auth.oauth.checkToken."""
    token = f'"token":{{"_content":"{ACCESS.oauth_token}"}},"perms":{{"_content":"{perms}"}}'
    user = '"user":{"nsid":"21207597@N07","username":"jamalfanaian","fullname":"Jamal Fanaian"}'
    return answer(f'{{"oauth":{{{token},{user}}},"stat":"ok"}}', headers=JSON)
