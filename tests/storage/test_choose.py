"""Which account a command acts as, and what becomes of the others."""

import itertools
import os
import sys
from pathlib import Path

import pytest

from flickr_auth import provider
from flickr_auth.errors import AccountError, KeysError, NotConfigured, StoreError, UsageError
from flickr_auth.storage import choose, token_file
from flickr_auth.storage.account_files import AccountFolder, Record

from bound import NOBODY
from samples import API_KEY, API_SECRET

KEY, OTHER_KEY = API_KEY, "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
JAMAL, WEZM = "21207597@N07-653e7a6e", "40215689@N00-653e7a6e"
FOUR = dict(zip(choose.FOUR, (KEY, API_SECRET, "from-the-variables", "fccb68c4e6103197"), strict=True))


@pytest.fixture
def two(open_accounts, jamal):
    """Two people are logged in, jamalfanaian as the default and wezm; a new view of them, with the variables given."""
    open_accounts().keep(jamal(oauth_token="from-the-default"), "file")
    open_accounts().keep(wezm(jamal), "file")
    return open_accounts


def wezm(jamal, **changes):
    return jamal(**{"user_nsid": "40215689@N00", "username": "wezm", "oauth_token": "wezms"} | changes)


def write_token(name, token):
    token_file.write(Path(name).absolute(), token)
    return Path(name).absolute()


# The order of places


@pytest.fixture
def places(two, jamal):
    """The places in which an account may be named, first the strongest: arguments and variables for each."""
    for nsid, token in (("1@N01", "from-the-argument"), ("2@N02", "from-the-account-variable")):
        two().keep(jamal(user_nsid=nsid, username=nsid, oauth_token=token), "file")
    by_flag = write_token("flag", jamal(oauth_token="from-the-file-argument").token)
    by_variable = write_token("variable", jamal(oauth_token="from-the-file-variable").token)
    return {
        "from-the-argument": ({"account": "1@N01"}, {}),
        "from-the-file-argument": ({"in_file": by_flag}, {}),
        "from-the-variables": ({}, FOUR),
        "from-the-account-variable": ({}, {"FLICKR_AUTH_ACCOUNT": "2@N02"}),
        "from-the-file-variable": ({}, {"FLICKR_TOKEN_FILE": str(by_variable)}),
        "from-the-default": ({}, {}),
    }


PLACES = [
    "from-the-argument",
    "from-the-file-argument",
    "from-the-variables",
    "from-the-account-variable",
    "from-the-file-variable",
    "from-the-default",
]
PAIRS = [("from-the-argument", "from-the-variables"), *itertools.pairwise(PLACES[1:])]


@pytest.mark.parametrize(("stronger", "weaker"), PAIRS)
def test_the_nearer_place_decides(open_accounts, places, stronger, weaker):
    """Of two places that name an account the nearer one counts: argument, four variables, other variables, default."""
    (arguments, variables), (fewer, others) = places[stronger], places[weaker]
    chosen = open_accounts(**others | variables).choose(**fewer | arguments)
    assert chosen.oauth_token == stronger


def test_an_account_and_a_token_file_together_are_wrong_usage(open_accounts, places):
    """Who names an account and a token file at once is asked which of them is meant."""
    arguments = places["from-the-argument"][0] | places["from-the-file-argument"][0]
    with pytest.raises(UsageError):
        open_accounts().choose(**arguments)


def test_empty_variables_are_unset(two):
    """Variables that are set to nothing choose nothing: the default counts."""
    keys = {name: FOUR[name] for name in ("FLICKR_API_KEY", "FLICKR_API_SECRET")}
    assert two(**keys).choose().oauth_token == "from-the-default"  # keys alone are no account
    empty = dict.fromkeys([*FOUR, "FLICKR_AUTH_ACCOUNT", "FLICKR_TOKEN_FILE", "FLICKR_AUTH_BASE_URL"], "")
    assert two(**empty).choose().oauth_token == "from-the-default"


# The environment's account


def test_the_environments_account_has_the_four_values(open_accounts):
    """The four variables are a whole account, of Flickr's unless a base URL says otherwise, and need no file."""
    account = open_accounts(**FOUR).choose()
    assert [account.api_key, account.api_secret, *account.token] == list(FOUR.values())
    assert (account.store, account.provider, account.account) == ("environment", "flickr", None)


@pytest.mark.parametrize(
    "base_url", ["sandbox", "https://photos.example", "http://127.0.0.1:8080", provider.FLICKR.site], ids=str
)
def test_the_environments_account_goes_where_the_base_url_says(open_accounts, base_url):
    """FLICKR_AUTH_BASE_URL says whose the environment's token is, and it is sent nowhere else."""
    account = open_accounts(**FOUR, FLICKR_AUTH_BASE_URL=base_url).choose()
    assert account.provider == (base_url if base_url != provider.FLICKR.site else "flickr")


MISSING = [
    ["FLICKR_API_KEY"],
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
    account = jamal()
    piped = open_accounts(stdin=lambda _: "\n".join(account.token).encode())
    assert piped.choose(in_file="-").token == account.token
    with pytest.raises(AccountError, match="Token file not found: -"):
        open_accounts(stdin=pytest.fail, FLICKR_TOKEN_FILE="-").choose()
    write_token("-", account.token)
    for accounts in (open_accounts(stdin=pytest.fail, FLICKR_TOKEN_FILE="-"), open_accounts()):
        assert (
            accounts.choose(in_file=None if accounts.environ.get("FLICKR_TOKEN_FILE") else "-").token == account.token
        )


def test_a_token_file_gets_its_keys_from_the_file_that_is_named(open_accounts, jamal):
    """FLICKR_APIKEYS names the keys of a token file, and wins over those in the environment."""
    path = write_token("token", jamal().token)
    keys = Path("mykeys").absolute()
    keys.write_text(f"{OTHER_KEY}\n0123456789abcdef\n")
    keys.chmod(0o600)
    environ = {name: FOUR[name] for name in ("FLICKR_API_KEY", "FLICKR_API_SECRET")} | {"FLICKR_APIKEYS": str(keys)}
    assert open_accounts(**environ).choose(in_file=path).api_key == OTHER_KEY


@pytest.mark.parametrize("content", [None, "only-one-line"], ids=["missing", "malformed"])
def test_bad_keys_for_a_token_file_are_an_error(open_accounts, jamal, content):
    """A keys file that was named and is missing or malformed is an error, and not taken for unknown keys."""
    path = write_token("token", jamal().token)
    if content:
        Path("mykeys").write_text(content)
    with pytest.raises(NotConfigured, match="mykeys"):
        open_accounts(FLICKR_APIKEYS="mykeys").choose(in_file=path)


def test_a_missing_token_file_is_an_error_although_there_is_a_default(two):
    """A token file that was named and is not there is an error: no other account is taken instead."""
    with pytest.raises(AccountError, match="absent"):
        two(FLICKR_TOKEN_FILE="absent").choose()


# Names


@pytest.mark.parametrize(
    "name",
    ["wezm", "WEZM", "40215689@n00", WEZM, "łUKASZ"],
)
def test_an_account_goes_by_username_nsid_or_id_in_any_case(two, name):
    """An account is found by its username, its NSID or its ID, however these are capitalised, in any script."""
    if name == "łUKASZ":
        two().update(two().load(WEZM)._replace(username="Łukasz"))
    assert two().choose(name).account == WEZM
    assert two(FLICKR_AUTH_ACCOUNT=name).choose().account == WEZM


@pytest.mark.parametrize("name", ["wez", "Jamal Fanaian", "../default", "x" * 300], ids=lambda n: n[:9])
def test_an_unknown_name_is_an_error_that_lists_the_accounts(two, name):
    """A name that no account has, or a part of one, is an error that lists the accounts that there are."""
    with pytest.raises(AccountError) as caught:
        two().choose(name)
    assert f"No account named '{name}'. Accounts: jamalfanaian, wezm" == caught.value.message


@pytest.mark.parametrize("name", ["jamalfanaian", "21207597@N07"])
def test_a_name_that_several_accounts_have_lists_them(two, jamal, name):
    """A person who is logged in with two keys has to be named by ID, and the error lists just those IDs."""
    other = two().keep(jamal(api_key=OTHER_KEY), "file")
    with pytest.raises(AccountError) as caught:
        two().choose(name)
    assert [each in caught.value.hint for each in (JAMAL, other.account, WEZM)] == [True, True, False]
    assert two().choose(JAMAL).account == JAMAL


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


def test_the_first_login_becomes_the_default_and_the_second_does_not(two):
    """A login sets the default where none is set, and later logins leave it."""
    assert two().default() == JAMAL
    assert two().choose().account == JAMAL


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


def test_a_login_sets_the_default_where_the_former_is_gone(two, home, jamal):
    """A default whose account is gone counts as none for the next login, which takes its place."""
    (home / "accounts" / f"{JAMAL}.json").unlink()
    kept = two().keep(jamal(user_nsid="1@N01", username="new"), "file")
    assert two().choose() == kept


def test_forgetting_the_default_clears_it(two):
    """Logging the default out leaves no default, and no other account takes its place for good."""
    two().forget(JAMAL)
    assert two().folder.default() is None
    assert two().choose().account == WEZM  # the only one


def test_several_accounts_and_no_default_are_an_error_with_a_list(two):
    """With several accounts and no default none is picked by chance: the error lists them."""
    two().folder.set_default(None)
    with pytest.raises(AccountError, match="No default account is set") as caught:
        two().choose()
    assert "Accounts: jamalfanaian, wezm" in caught.value.message
    assert caught.value.hint == "Run: flickr-auth use ACCOUNT"


@pytest.mark.parametrize("gone", [b"9@N09-653e7a6e", b"../default", b"x" * 300, b"\xff\xfe\x00\x01"], ids=ascii)
def test_a_default_that_is_gone_is_an_error(two, home, gone):
    """A default whose account is gone is an error that lists the others, also where only one is left."""
    two().forget(WEZM)
    (home / "default").write_bytes(gone)
    with pytest.raises(AccountError, match="no longer exists") as caught:
        two().choose()
    assert "jamalfanaian" in caught.value.message


def test_nobody_logged_in_says_how_to_log_in(open_accounts):
    """Where nobody is logged in, the error names the command that changes it."""
    for name, before in ((None, ""), ("sam", "No account named 'sam'. ")):
        with pytest.raises(AccountError) as caught:
            open_accounts().choose(name)
        assert (caught.value.message, caught.value.hint) == (
            f"{before}You are not logged in.",
            "Run: flickr-auth login",
        )


def test_the_accounts_of_a_key_and_a_provider_are_told_from_all_others(two, jamal):
    """A login renews what was stored with its own key at its own provider, and is not misled by another's."""
    two().keep(jamal(provider="sandbox"), "file")
    two().keep(jamal(api_key=OTHER_KEY), "file")
    two().keep(jamal(user_nsid="9@N09", api_key=f"{KEY[:8]}{OTHER_KEY[8:]}"), "file")
    assert [record.id for record in two().of_key(KEY, "flickr")] == [JAMAL, WEZM]
    assert [record.id for record in two().of_key(KEY, "sandbox")] == [f"{JAMAL}-sandbox"]
    assert two().of_key("0" * 32, "flickr") == []


# Damaged files


def test_an_account_that_another_command_logs_out_meanwhile_is_no_damage(two, home, warnings):
    """Who lists the accounts while one is logged out reads of the others, and of no damaged file."""
    (home / "accounts" / "0 - Copy.json").write_text("{}")  # is listed first, and warned of

    def log_out(warning):
        warnings.append(warning)
        (home / "accounts" / f"{WEZM}.json").unlink(missing_ok=True)

    assert [record.id for record in AccountFolder(home, log_out).records()] == [JAMAL]
    assert [f"{WEZM}" in each for each in warnings] == [False, False]  # the copy is warned of, and its mode


@pytest.mark.parametrize("content", ["", '{"store": "file"}'])
def test_a_damaged_file_is_named_and_the_others_stay_usable(two, home, warnings, content):
    """One damaged account file is named in a warning, and every other account is found as before."""
    path = home / "accounts" / f"{JAMAL}.json"
    path.write_text(content)
    assert two().choose("wezm").account == WEZM
    assert [record.id for record in two().records()] == [WEZM]
    assert [str(path) in each for each in warnings] == [True, True]  # for each of the two
    assert path.read_text() == content
    assert two().keep(two().choose("wezm")._replace(user_nsid="21207597@N07"), "file") == two().load(JAMAL)  # a login


# Accounts side by side


@pytest.mark.parametrize("store", ["file", "keyring"])
@pytest.mark.parametrize(
    "change",
    [{"api_key": OTHER_KEY}, {"provider": "sandbox"}, {"provider": "https://photos.example"}, {"user_nsid": "1@N01"}],
    ids=["key", "sandbox", "host", "person"],
)
def test_accounts_that_differ_in_one_thing_live_side_by_side(open_accounts, jamal, store, change):
    """Another key, another provider or another person is another account: neither login replaces the other."""
    first = open_accounts().keep(jamal(), store)
    second = open_accounts().keep(jamal(oauth_token="second", oauth_token_secret="0011", **change), store)
    assert open_accounts().load(first.account) == first
    assert open_accounts().load(second.account) == second
    open_accounts().forget(second.account)
    assert open_accounts().load(first.account) == first


# Forgetting


@pytest.mark.parametrize("backend", ["Locked", "Hanging", "NoSuch"])
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


# The try


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize(("environ", "is_used"), [({}, False), ({"SUDO_UID": str(NOBODY)}, True)])
def test_an_app_folder_of_somebody_else_is_not_used(open_accounts, home, environ, is_used):
    """An app folder that belongs to another user is refused with the command that mends it; under sudo it is theirs."""
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    if is_used:
        assert open_accounts(**environ).folder.ids() == []
    else:
        with pytest.raises(StoreError, match="belongs to") as caught:
            open_accounts(**environ).choose()
        assert caught.value.hint == f"Fix: chown -R root {home}"
