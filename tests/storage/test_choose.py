"""Which account a command acts as, and what becomes of the others."""

from pathlib import Path
from unicodedata import normalize

import pytest

from flickr_auth import provider
from flickr_auth.errors import AccountError, KeysError, NotConfigured, StoreError
from flickr_auth.storage import choose, token_file
from flickr_auth.storage.record import Record

from samples import API_KEY, API_SECRET

KEY, OTHER_KEY = API_KEY, "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
JAMAL, WEZM = "21207597@N07-653e7a6e", "40215689@N00-653e7a6e"
FOUR = dict(zip(choose.FOUR, (KEY, API_SECRET, "from-the-variables", "fccb68c4e6103197"), strict=True))


@pytest.fixture
def two(open_accounts, jamal):
    """Two people are logged in, jamalfanaian as the default and wezm; a new view of them, with the variables given."""
    open_accounts().keep(jamal(oauth_token="from-the-default"), "file")
    open_accounts().keep(jamal(user_nsid="40215689@N00", username="wezm", oauth_token="wezms"), "file")
    return open_accounts


def write_token(name, token):
    token_file.write(Path(name).absolute(), token)
    return Path(name).absolute()


def test_empty_variables_are_unset(two):
    """Variables that are set to nothing choose nothing: the default counts."""
    keys = {name: FOUR[name] for name in ("FLICKR_API_KEY", "FLICKR_API_SECRET")}
    assert two(**keys).choose().oauth_token == "from-the-default"  # keys alone are no account
    empty = dict.fromkeys([*FOUR, "FLICKR_AUTH_ACCOUNT", "FLICKR_TOKEN_FILE", "FLICKR_AUTH_BASE_URL"], "")
    assert two(**empty).choose().oauth_token == "from-the-default"


# The environment's account


def test_the_environments_account_goes_where_the_base_url_says(open_accounts):
    """The four variables are a whole account, of Flickr's unless FLICKR_AUTH_BASE_URL says whose it is."""
    account = open_accounts(**FOUR).choose()
    assert [account.api_key, account.api_secret, *account.token] == list(FOUR.values())
    assert (account.store, account.provider, account.account) == ("environment", "flickr", None)
    for url, its in {provider.FLICKR.site: "flickr", "sandbox": None, "https://photos.example": None}.items():
        assert open_accounts(**FOUR, FLICKR_AUTH_BASE_URL=url).choose().provider == (its or url)


MISSING = [
    ["FLICKR_API_KEY", "FLICKR_API_SECRET"],
    ["FLICKR_OAUTH_TOKEN"],
    ["FLICKR_API_SECRET", "FLICKR_OAUTH_TOKEN_SECRET"],
]


@pytest.mark.parametrize("missing", MISSING, ids="+".join)
def test_a_part_of_the_four_variables_is_an_error_that_names_the_rest(two, missing):
    """A token in the environment without the rest of the four is an error that names each missing one, not a mix-up."""
    some = {name: value for name, value in FOUR.items() if name not in missing}
    with pytest.raises(KeysError) as caught:
        two(**some | dict.fromkeys(missing[1:], "")).choose()  # empty is unset
    there, _, said = caught.value.message.partition(" is set, but ")
    assert there in some and caught.value.hint.endswith(f"unset {there}")
    assert [name for name in FOUR if name in said.replace(" and ", " ").split()] == missing
    assert caught.value.message.endswith(" is not." if len(missing) == 1 else " are not.")
    assert [value for value in FOUR.values() if value in f"{caught.value!r}"] == []


# Token files


def test_a_token_may_come_through_stdin(open_accounts, jamal):
    """The token file `-` is stdin for the option, and for a variable a file of that name."""
    token = jamal().token
    assert open_accounts(stdin=lambda _: "\n".join(token).encode()).choose(in_file="-").token == token
    with pytest.raises(AccountError, match="Token file not found: -"):
        open_accounts(stdin=pytest.fail, FLICKR_TOKEN_FILE="-").choose()
    write_token("-", token)
    assert open_accounts(stdin=pytest.fail, FLICKR_TOKEN_FILE="-").choose().token == token


def test_a_token_file_of_the_sandbox_has_the_sandboxs_key(open_accounts, jamal):
    """Reading a token file with the sandbox as the provider needs no `apikeys`."""
    account = open_accounts(FLICKR_AUTH_BASE_URL="sandbox").choose(in_file=write_token("token", jamal().token))
    assert (account.provider, account.keys[:2]) == ("sandbox", provider.SANDBOX_KEYS[:2])


def test_a_token_file_gets_its_keys_from_the_file_that_is_named(open_accounts, jamal):
    """FLICKR_APIKEYS names the keys of a token file, and wins over those in the environment."""
    path = write_token("token", jamal().token)
    keys = Path("mykeys").absolute()
    keys.write_text(f"{OTHER_KEY}\n0123456789abcdef\n")
    keys.chmod(0o600)
    environ = {name: FOUR[name] for name in ("FLICKR_API_KEY", "FLICKR_API_SECRET")} | {"FLICKR_APIKEYS": str(keys)}
    assert open_accounts(**environ).choose(in_file=path).api_key == OTHER_KEY


def test_bad_keys_for_a_token_file_are_an_error(open_accounts, jamal):
    """A keys file that was named and is missing or malformed is an error, and not taken for unknown keys."""
    path = write_token("token", jamal().token)
    for content in (None, "only-one-line"):
        if content:
            Path("mykeys").write_text(content)
        with pytest.raises(NotConfigured, match="mykeys"):
            open_accounts(FLICKR_APIKEYS="mykeys").choose(in_file=path)


# Names


def test_an_account_goes_by_username_nsid_or_id_in_any_case(two):
    """An account is found by its username, its NSID or its ID, in any case, any script and any Unicode form."""
    two().update(two().load(WEZM)._replace(username="Łukasz Größ"))
    wide = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in "Łukasz\u3000Größ")
    for name in ("łUKASZ GRÖSS", normalize("NFD", "łukasz größ"), wide, "40215689@n00", WEZM):
        assert two().choose(name).account == WEZM
        assert two(FLICKR_AUTH_ACCOUNT=name).choose().account == WEZM


def test_all_ways_to_write_a_letter_are_one():
    """A final sigma, an i without its dot, a ligature: no case and no Unicode form keeps a name from being found."""
    forms = [str.upper, str.lower, str.title, *(lambda text, f=f: normalize(f, text) for f in ("NFC", "NFD", "NFKC"))]
    for letter in map(chr, [*range(0x2200), *range(0xF900, 0x10000)]):
        assert {choose.folded(form(letter)) for form in forms} == {choose.folded(letter)}, ascii(letter)
    assert len({choose.folded(name) for name in ("istanbul", "İstanbul", "ISTANBUL", "\u0131stanbul")}) == 1


def test_an_unknown_name_is_an_error_that_lists_the_accounts(two):
    """A name that no account has, or a part of one, is an error that lists the accounts that there are."""
    for name in ("wez", "../default", "x" * 300):
        with pytest.raises(AccountError) as caught:
            two().choose(name)
        assert f"No account named '{name}'. Accounts: jamalfanaian, wezm" == caught.value.message


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"FLICKR_AUTH_ACCOUNT": "sam"}, "No account named 'sam' (from FLICKR_AUTH_ACCOUNT). Accounts: "),
        ({"FLICKR_TOKEN_FILE": "absent"}, "(from FLICKR_TOKEN_FILE)"),
    ],
)
def test_an_error_names_the_variable_that_is_to_blame(two, environ, said):
    """Who set a variable weeks ago reads which one it is, and what it holds."""
    with pytest.raises(AccountError) as caught:
        two(**environ).choose()
    assert said in caught.value.message and next(iter(environ.values())) in caught.value.message
    assert next(iter(environ)) in caught.value.hint or "login --token-file absent" in caught.value.hint


def test_an_account_that_is_named_like_anothers_id_is_shown_by_its_nsid(two, jamal):
    """What is shown as a name always finds that account, also where somebody is called like another's ID."""
    clever = two().keep(jamal(user_nsid="1@N01", username=WEZM), "file").account
    assert two().short(clever) == "1@N01"
    assert two().choose(two().short(clever)).account == clever


# The default


def test_the_only_account_is_the_default(open_accounts, jamal, home):
    """Whoever has one account and lost the note of the default need not choose."""
    open_accounts().keep(jamal(), "file")
    (home / "default").unlink()
    assert open_accounts().choose().token == jamal().token


def test_a_sandbox_login_never_replaces_a_flickr_default(open_accounts, jamal):
    """Trying the sandbox changes nothing of what the other commands use."""
    open_accounts().keep(jamal(), "file")
    open_accounts().keep(jamal(user_nsid="1@N01", provider="sandbox"), "file")
    assert open_accounts().choose().account == JAMAL


def test_a_flickr_login_replaces_a_sandbox_default(open_accounts, jamal):
    """Who tried the sandbox first and then logs in to Flickr uses Flickr from then on."""
    open_accounts().keep(jamal(provider="sandbox"), "file")
    assert open_accounts().choose().account == f"{JAMAL}-sandbox"
    open_accounts().keep(jamal(), "file")
    assert open_accounts().choose().account == JAMAL


def test_a_sandbox_default_that_was_chosen_stays(two, jamal):
    """Who chose a sandbox account with `use` keeps it as the default, whoever logs in to Flickr."""
    sandboxed = two().keep(jamal(provider="sandbox"), "file").account
    two().use("21207597@N07-653e7a6e-sandbox")
    two().keep(jamal(user_nsid="9@N09"), "file")
    assert two().choose().account == sandboxed


@pytest.mark.parametrize("gone", [b"9@N09-653e7a6e", b"../default", b"\xff\xfe\x00\x01"], ids=ascii)
def test_a_default_that_is_gone_is_an_error(two, home, gone):
    """A default whose account is gone is an error that lists the others, also where only one is left."""
    two().forget(WEZM)
    (home / "default").write_bytes(gone)
    with pytest.raises(AccountError, match="no longer exists") as caught:
        two().choose()
    assert "jamalfanaian" in caught.value.message


# Damaged files


def test_a_damaged_file_is_named_and_the_others_stay_usable(two, home, warnings):
    """One damaged account file is named in a warning, and every other account is found as before."""
    path = home / "accounts" / f"{JAMAL}.json"
    path.write_text("{")
    assert two().choose("wezm").account == WEZM
    assert [record.id for record in two().records()] == [WEZM]
    assert [str(path) in each for each in warnings] == [True, True]  # for each of the two
    assert path.read_text() == "{"
    assert two().keep(two().choose("wezm")._replace(user_nsid="21207597@N07"), "file") == two().load(JAMAL)  # a login


# Accounts side by side


@pytest.mark.parametrize(
    "change",
    [{"api_key": OTHER_KEY}, {"provider": "sandbox"}, {"provider": "https://photos.example"}, {"user_nsid": "1@N01"}],
    ids=["key", "sandbox", "host", "person"],
)
def test_accounts_that_differ_in_one_thing_live_side_by_side(open_accounts, jamal, change):
    """Another key, another provider or another person is another account: neither login replaces the other."""
    first = open_accounts().keep(jamal(), "keyring")
    second = open_accounts().keep(jamal(oauth_token="second", oauth_token_secret="0011", **change), "keyring")
    assert open_accounts().load(first.account) == first
    assert open_accounts().load(second.account) == second
    open_accounts().forget(second.account)
    assert open_accounts().load(first.account) == first


# Forgetting


@pytest.mark.parametrize("backend", ["Locked", "Hanging"])
def test_a_keyring_that_fails_keeps_the_account_unless_one_insists(open_accounts, jamal, warnings, backend):
    """Where the keyring fails a logout is an error, and all stays; with force it goes on, and says what may be left."""
    open_accounts().folder.write(Record.of(jamal(account=JAMAL), backend=f"fake_keyrings.{backend}"))
    open_accounts().folder.set_default(JAMAL)
    with pytest.raises(StoreError):
        open_accounts(seconds=0.2).forget(JAMAL)
    assert (open_accounts().folder.ids(), open_accounts().folder.default()) == ([JAMAL], JAMAL)
    open_accounts(seconds=0.2).forget(JAMAL, force=True)
    assert (open_accounts().folder.ids(), open_accounts().folder.default()) == ([], None)
    assert [f"{JAMAL} may still be in it" in each for each in warnings] == [True]


def test_an_item_that_is_already_gone_does_not_stop_a_logout(open_accounts, jamal, home):
    """An account whose keyring item somebody has deleted can be logged out without force."""
    open_accounts().keep(jamal(), "keyring")
    (home.parent.parent / "keyring.json").write_text("{}")
    open_accounts().forget(JAMAL)
    assert open_accounts().folder.ids() == []
