"""The login with a real browser: Debian's Chromium, without a screen, at the sandbox's own pages."""

import shutil
import sys
from contextlib import closing
from functools import partial

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from flickr_auth.loopback.handler import Handler, Reply
from flickr_auth.loopback.http_server import LoopbackServer

from programs import lacks

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if sys.platform == "win32" or not (CHROMIUM and DRIVER):
    lacks("chromium and chromedriver are not installed", whole_file=True)

PATIENCE = 30


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One browser with a profile of its own, that talks to this machine alone."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-proxy-server",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    driver.set_page_load_timeout(PATIENCE)
    yield driver
    driver.quit()


def address(terminal):
    terminal.expect(r"(http://[^ \r\n]*oauth_token=[^ \r\n]*perms=write)")
    return terminal.match[1]


def press(browser, label):
    browser.find_element(By.XPATH, f'//button[contains(., "{label}")]').click()


def end(terminal):
    screen = terminal.read()
    terminal.close()
    return " ".join(screen.split()), terminal.exitstatus  # however it was folded


def test_the_pin_is_read_from_the_page(machine, browser):
    """A person follows the address, presses OK, reads nine digits on the page, and types them."""
    terminal = machine.terminal("login", "--sandbox", "--perms", "write", "--no-browser")
    browser.get(address(terminal))
    assert "sandbox" in browser.find_element(By.TAG_NAME, "body").text
    press(browser, "OK, I'll authorize it")
    pin = WebDriverWait(browser, PATIENCE).until(lambda page: page.find_element(By.ID, "pin").text)
    terminal.expect("approve it here\\): ")
    terminal.sendline(pin)
    screen, code = end(terminal)
    assert "with write permission" in screen
    assert code == 0


# Everything that a page can make a browser load, each with a verifier of its own; the title says when all have ended.
HOSTILE = """<!DOCTYPE html><title>loading</title><body>
<link rel="prefetch" href="TARGET-prefetch"><link rel="stylesheet" href="TARGET-style">
<form id="get" action="ADDRESS" target="hidden"><input name="oauth_token" value="TOKEN">
<input name="oauth_verifier" value="form"></form>
<form id="post" action="ADDRESS" target="hidden" method="post"><input name="oauth_token" value="TOKEN">
<input name="oauth_verifier" value="post"></form>
<script>
const ended = [];
for (const [tag, name] of [["img", "src"], ["script", "src"], ["iframe", "src"], ["object", "data"], ["embed", "src"],
                           ["video", "src"]])
  ended.push(new Promise(resolve => {
    const element = document.createElement(tag);
    element.onload = element.onerror = element.onloadeddata = resolve;
    element[name] = "TARGET-" + tag;
    document.body.append(element);
  }));
for (const form of ["get", "post"])
  ended.push(new Promise(resolve => {
    const frame = document.createElement("iframe");
    frame.name = "hidden-" + form;
    document.body.append(frame);
    frame.onload = () => { frame.onload = resolve; document.getElementById(form).target = frame.name;
                           document.getElementById(form).submit(); };
    frame.src = "about:blank";
  }));
for (const mode of ["no-cors", "cors"])
  ended.push(fetch("TARGET-fetch-" + mode, {mode}).catch(() => {}));
navigator.sendBeacon("TARGET-beacon");
Promise.race([Promise.all(ended), new Promise(resolve => setTimeout(resolve, 5000))])
  .then(() => document.title = "ended");
</script>"""


@pytest.fixture
def visit_hostile_page(browser):
    """Let the browser open a page of another site that tries to bring forged codes to this address."""

    def visit(address, token):
        text = HOSTILE.replace("TARGET", f"{address}?oauth_token={token}&oauth_verifier=forged")
        reply = Reply(200, text.replace("ADDRESS", address).replace("TOKEN", token).encode(), "text/html")
        server = LoopbackServer(0, partial(Handler, name="hostile", answer=lambda _: reply), most=16)
        with closing(server):
            server.start()
            browser.get(f"http://localhost:{server.server_port}/")
            WebDriverWait(browser, PATIENCE).until(lambda page: page.title == "ended")

    return visit


def test_no_page_can_bring_a_code_behind_the_persons_back(machine, browser, visit_hostile_page):
    """Images, frames, scripts, fetches and hidden forms of any site bring nothing, though they know the token.

    A window that such a page opens is a visit, whose code is refused and said, and the true redirect comes after it.
    """
    over_ssh = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}  # which shows the port
    terminal = machine.terminal("login", "--sandbox", "--perms", "write", "--callback", "--no-browser", **over_ssh)
    opened = address(terminal)
    terminal.expect(r"ssh -L [0-9]+:(127.0.0.1:[0-9]+)")
    listener = f"http://{terminal.match[1]}/"  # a path that is dropped is none that protects
    token = opened.partition("oauth_token=")[2].partition("&")[0]
    visit_hostile_page(listener, token)
    here = browser.current_window_handle
    browser.execute_script(f"window.open('{listener}?oauth_token={token}&oauth_verifier=window', '_blank')")
    terminal.expect("The code from your browser was refused")
    terminal.expect("Waiting for your browser")
    browser.switch_to.window(next(each for each in browser.window_handles if each != here))
    browser.close()
    browser.switch_to.window(here)
    browser.get(opened)
    press(browser, "OK, I'll authorize it")
    WebDriverWait(browser, PATIENCE).until(lambda page: page.current_url.startswith(listener))
    assert "Code received" in browser.find_element(By.TAG_NAME, "h1").text
    assert "terminal" in browser.find_element(By.TAG_NAME, "body").text
    screen, code = end(terminal)
    assert "refused" not in screen  # nothing came but the window's
    assert "Received the code from your browser." in screen and "with write permission" in screen
    assert code == 0
