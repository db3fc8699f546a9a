"""The login with a real browser: Debian's Chromium, without a screen, at the sandbox's own pages."""

import os
import shutil
import sys

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if sys.platform == "win32" or not (CHROMIUM and DRIVER):
    if os.environ.get("CI"):
        pytest.fail("chromium and chromedriver are not installed: CI has to install them", pytrace=False)
    pytest.skip("chromium and chromedriver are not installed", allow_module_level=True)

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
    return screen, terminal.exitstatus


def test_the_pin_is_read_from_the_page(machine, browser):
    """A person follows the address, presses OK, reads nine digits on the page, and types them."""
    terminal = machine.terminal("login", "--sandbox", "--perms", "write", "--no-browser")
    browser.get(address(terminal))
    assert "sandbox" in browser.find_element(By.TAG_NAME, "body").text
    press(browser, "OK, I'll authorize it")
    pin = WebDriverWait(browser, PATIENCE).until(lambda page: page.find_element(By.ID, "pin").text)
    terminal.expect("What is the PIN\\? .*you\\) ")
    terminal.sendline(pin)
    screen, code = end(terminal)
    assert "with write permission" in screen
    assert code == 0


def test_the_callback_lands_on_our_page(machine, browser):
    """A person presses OK, lands on a page that sends them back to the terminal, and the login has ended there."""
    terminal = machine.terminal("login", "--sandbox", "--perms", "write", "--callback", "--no-browser")
    terminal.expect(r"send your browser to\s+(http://127.0.0.1:[0-9]+/[0-9a-f]+)")
    listener = terminal.match[1]
    browser.get(address(terminal))
    press(browser, "OK, I'll authorize it")
    WebDriverWait(browser, PATIENCE).until(lambda page: page.current_url.startswith(listener))
    assert "terminal" in browser.find_element(By.TAG_NAME, "body").text
    screen, code = end(terminal)
    assert "Your browser has brought the answer." in screen and "with write permission" in screen
    assert code == 0


def test_no_thanks_calls_nothing_and_the_wait_can_be_cancelled(machine, browser):
    """As at Flickr, a no leads to the home page; the login still waits, and Ctrl-C ends it."""
    terminal = machine.terminal("login", "--sandbox", "--perms", "write", "--callback", "--no-browser")
    opened = address(terminal)
    browser.get(opened)
    press(browser, "No thanks")
    home = opened.partition("/services/")[0] + "/"
    WebDriverWait(browser, PATIENCE).until(lambda page: page.current_url == home)
    terminal.expect("Waiting for your browser.*sent to: ")
    terminal.sendintr()
    screen, code = end(terminal)
    assert "Cancelled." in screen
    assert code == 130
