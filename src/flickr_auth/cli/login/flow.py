"""The login at a terminal: from the keys to the token, or to a login that waits."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ...account import Account
from ...errors import Error, PermissionRefused, StoreError, TokenRefused, Unreachable, VerifierRefused
from ..context import Context
from .command_line import Options

if TYPE_CHECKING:
    from ...loopback.callback import Listener
    from ...protocol.login import PendingLogin
    from ...provider import Provider
    from ...transport import Transport
    from .destination import Destination
    from .plan import Plan
    from .prompt import VerifierPrompt
    from .trade import Trade


class LoginFlow:
    """One run of the command, from the keys to the token, or to the login that waits."""

    def __init__(self, context: Context, options: Options) -> None:
        self._context = context
        self._console = context.console
        self._options = options

    def run(self) -> None:
        """From the keys to the token, or with --start to a login that waits."""
        from .plan import check_limits, planned

        options, console = self._options, self._console
        check_limits(self._context)
        if options.qr:
            from .. import qr

            qr.require()
        with contextlib.ExitStack() as stack:
            plan = stack.enter_context(planned(self._context, options))
            if options.qr and (options.callback or plan.sandbox is not None):
                console.warn("A phone cannot reach 127.0.0.1 of this computer, so the QR code does not help there.")
            destination = self._destination(plan)
            destination.try_out()
            listener = stack.enter_context(self._listener()) if options.callback else None
            transport = stack.enter_context(self._context.transport(plan.provider, plan.keys))
            try:
                self._log_in(plan, destination, listener, transport)
            except TokenRefused as failure:
                raise TokenRefused(failure.message, f"Run: {options.command()}", failure.problem) from failure

    def _log_in(self, plan: Plan, destination: Destination, listener: Listener | None, transport: Transport) -> None:
        from ...protocol import login
        from ...protocol.legs import OUT_OF_BAND
        from .report import report
        from .trade import Trade

        pending = login.begin(transport, plan.perms, listener.url if listener else OUT_OF_BAND)
        if listener is not None:
            listener.expect(pending.request.oauth_token)  # before the URL is out: browsers are fast
        if plan.typed:
            from .ask_keys import offer_to_keep

            offer_to_keep(self._context, plan.keys)
        if self._options.start:
            self._start(pending, plan, destination)
            return
        self._show_url(pending, plan.provider, listener)
        prompt = self._prompt(pending, plan, listener)
        trade = Trade(self._console, transport, destination)
        try:
            account = self._complete(pending, plan, prompt, trade)
        except Unreachable as failure:
            raise self._still_waiting(pending, plan, destination, failure) from failure
        more = self._options.command(perms="write")
        report(self._context, trade.check(account), destination, more=more, renewed=plan.renewed)

    def _destination(self, plan: Plan) -> Destination:
        from .destination import Destination

        options = self._options
        store = options.store
        if plan.renewed is not None and "store" not in options.flags:
            store = "file" if plan.renewed.store == "file" else "auto"
        return Destination(
            self._context.accounts,
            self._console,
            store,
            options.token_file,
            keys_file=options.apikeys,
            in_file=options.command(store="file", token_file=None),
            plain_is_fine=options.start or plan.sandbox is not None or self._is_in_files(plan),
            asks_for_less="perms" not in options.flags,
        )

    def _is_in_files(self, plan: Plan) -> bool:
        """Whether this account, or every account here, is kept in a file already: somebody has agreed to that."""
        everybody = [record for record in self._context.accounts.records() if not record.is_sandbox]
        return any(records and all(record.store == "file" for record in records) for records in (plan.known, everybody))

    def _listener(self) -> Listener:
        from ...loopback.callback import Listener

        return Listener(self._console.stdin.events.put, self._options.port or 0)

    def _prompt(self, pending: PendingLogin, plan: Plan, listener: Listener | None) -> VerifierPrompt:
        from .prompt import VerifierPrompt

        return VerifierPrompt(
            self._console,
            self._options,
            pending,
            any_shape=not (plan.provider.is_flickr or plan.provider.is_sandbox),
            sandbox=plan.sandbox,
            renewed=plan.renewed,
            listener=listener,
        )

    def _show_url(self, pending: PendingLogin, provider: Provider, listener: Listener | None = None) -> None:
        """The URL first, always; a browser is an extra. A QR code is drawn tightly above it, to fit on 24 lines."""
        from .. import browser

        console, environ, wanted = self._console, self._context.environ, self._options.browser
        if listener is not None:
            console.say(f"{provider.called} will send your browser to {listener.url} on this computer.")
            console.say('If you click "No thanks", flickr-auth is not told; press Ctrl-C to cancel.')
            tunnel = browser.tunnel(environ, listener.port)
            if tunnel:
                console.say("This is an SSH session. To forward the port, on your own computer:", f"Run: {tunnel}")
        console.say(f'Open this page and click "OK, I\'ll authorize it" ({pending.perms} permission):')
        if self._options.qr and self._draw(pending.authorize_url):
            console.url(pending.authorize_url)
        else:
            console.say()
            console.url(pending.authorize_url)
            console.say()
        if wanted or (wanted is None and browser.is_there(environ)):
            opened = browser.open_page(pending.authorize_url, environ)
            if not self._options.qr:
                console.say("Opening it in your browser..." if opened else "No browser could be started.")

    def _draw(self, url: str) -> bool:
        """Draw the URL as a QR code, if there is a terminal that can show it; else say why not."""
        from .. import qr

        if not self._console.is_terminal:
            self._console.warn("Only a terminal can show a QR code; the URL itself is enough.")
            return False
        try:
            self._console.draw(qr.drawn(url, columns=self._console.columns(), encoding=self._console.encoding))
        except Error as failure:
            self._console.warn(f"{failure.message} {failure.hint}")
            return False
        return True

    def _complete(self, pending: PendingLogin, plan: Plan, prompt: VerifierPrompt, trade: Trade) -> Account:
        """Wait for the code until the provider accepts it; the person has three tries."""
        from .trade import TRIES, ended, slip

        left = TRIES
        while True:
            code = prompt.ask()
            try:
                with prompt.closed():
                    return trade.run(pending, code.verifier)
            except (VerifierRefused, PermissionRefused) as failure:
                if code.brought:
                    prompt.refused()
                    continue
                left -= 1
                if not left or not self._console.is_terminal:
                    raise ended(failure, plan.provider, TRIES - left, self._options.command()) from failure
                self._console.warn(slip(failure, plan.provider, left))

    def _start(self, pending: PendingLogin, plan: Plan, destination: Destination) -> None:
        """Keep the login for `--finish`, and print the URL alone."""
        from .finish import answer, finish_command, folder, keep_waiting

        waiting = keep_waiting(self._context, pending, plan, destination)
        try:
            self._console.say(f'Open this page and click "OK, I\'ll authorize it" ({pending.perms} permission):')
            if self._options.qr:
                self._draw(pending.authorize_url)
            self._console.answer(answer(pending, waiting, as_json=self._options.as_json))
        except BaseException:  # nobody has the URL, so nobody can finish it
            folder(self._context).remove(waiting)
            raise
        if destination.notice:
            self._console.say(f"The token will be saved in a file ({destination.notice}).")
        self._console.say("Within 24 hours, complete the login with the code that the page shows:")
        self._console.say(f"Run: {finish_command(waiting, self._options.apikeys)}")

    def _still_waiting(
        self, pending: PendingLogin, plan: Plan, destination: Destination, failure: Unreachable
    ) -> Unreachable:
        """The failure, with the way to go on: nobody knows whether the code was used, so the login is kept."""
        from .finish import keep_waiting, still_waiting

        anew = type(failure)(failure.message, f"Run: {self._options.command()}")
        if plan.sandbox is not None:
            return anew
        try:
            waiting = keep_waiting(self._context, pending, plan, destination)
        except StoreError as worse:
            self._console.warn(worse.message)
            return anew
        return still_waiting(failure, waiting, self._options.apikeys)
