"""A request that is wrong is refused, with the status and the very words that Flickr has for it."""

from __future__ import annotations

import pytest

from sandbox.dance import KEYS, NOW, access, base_string, encoded, form, get, header, login, request_token, signed

LEG_1 = "/services/oauth/request_token"
OUT_OF_BAND = {"oauth_callback": "oob"}


def refused(http, sandbox, **how):
    how.setdefault("oauth_callback", "oob")
    answer = get(http, sandbox.base_url + LEG_1, **how)
    assert answer.headers["Content-Type"] == "text/plain;charset=UTF-8"
    return answer.status_code, answer.text


def test_a_missing_parameter_is_named(sandbox, http):
    """A client that omits a parameter reads which one, and one that signs nothing reads all, in Flickr's order."""
    names = [f"oauth_{name}" for name in ("consumer_key", "signature", "signature_method", "nonce", "timestamp")]
    absent = "oauth_problem=parameter_absent&oauth_parameters_absent="
    for name in (*names, "oauth_callback"):
        assert refused(http, sandbox, drop=(name,)) == (400, absent + name)
    answer = http.get(sandbox.base_url + "/services/oauth/access_token")
    assert answer.text == absent + "%26".join([*names, "oauth_token", "oauth_verifier"])


def test_of_several_faults_the_first_in_flickrs_order_is_named(sandbox, http):
    """A client that does several things wrong reads the one that PHP, and so Flickr, finds first."""
    pending = request_token(http, sandbox)
    faults = {
        "parameter_absent": {"drop": ("oauth_nonce",)},
        "signature_method_rejected": {"oauth_signature_method": "PLAINTEXT"},
        "consumer_key_unknown": {"oauth_consumer_key": "0" * 32},
        "token_rejected": {"oauth_token": "72157000000000000-0000000000000000"},
        "timestamp_refused": {"oauth_timestamp": "1305586162"},
        "signature_invalid": {"secret": "wrong"},
    }
    for problem in list(faults):
        every = {name: value for fault in faults.values() for name, value in fault.items()}
        assert access(http, sandbox, pending, "123-456-789", **every).text.startswith(f"oauth_problem={problem}")
        del faults[problem]


def test_an_empty_value_is_a_wrong_one(sandbox, http):
    """A client that leaves a value empty reads what is wrong with it."""
    for name, problem in (
        ("consumer_key", "consumer_key_unknown"),
        ("signature", "signature_invalid"),
        ("signature_method", "signature_method_rejected"),
        ("timestamp", "timestamp_refused"),
        ("callback", "parameter_rejected"),
    ):
        assert refused(http, sandbox, **{f"oauth_{name}": ""})[1].partition("&")[0] == f"oauth_problem={problem}"


def test_what_php_reads_otherwise_than_it_was_signed_is_a_wrong_signature(sandbox, http):
    """A client that repeats a parameter, in one place or in two, or gives it brackets, is refused as by Flickr."""
    for extra in ("oauth_callback", "another"), ("oauth_callback", "oob"), ("photo_ids[photo_ids]", "1"):
        assert refused(http, sandbox, extra=[extra])[1].startswith("oauth_problem=signature_invalid&debug_sbs=")
    url = sandbox.base_url + LEG_1
    for where in ("params", "data"):
        again = http.post(url, headers=header(signed("POST", url, oauth_callback="oob")), **{where: OUT_OF_BAND})
        assert (again.status_code, again.text.partition("&")[0]) == (401, "oauth_problem=signature_invalid")


def test_another_signature_method_or_version_is_refused(sandbox, http):
    """PLAINTEXT, RSA and another OAuth version are refused by that name; the version may be left out."""
    for method in ("PLAINTEXT", "RSA-SHA1", "hmac-sha1"):
        assert refused(http, sandbox, oauth_signature_method=method) == (400, "oauth_problem=signature_method_rejected")
    for version in ("2.0", "1", ""):
        assert refused(http, sandbox, oauth_version=version) == (
            400,
            "oauth_problem=version_rejected&oauth_acceptable_versions=1.0-1.0",
        )
    assert refused(http, sandbox, drop=("oauth_version",))[0] == 200


def test_an_unknown_key_or_another_keys_secret_is_refused(sandbox, http):
    """A client with a key of its own reads that the sandbox does not know it, or that the signature is wrong."""
    for key in ("0" * 32, "é", KEYS[0].api_key.upper()):
        assert refused(http, sandbox, oauth_consumer_key=key) == (401, "oauth_problem=consumer_key_unknown")
    assert refused(http, sandbox, secret=KEYS[1].api_secret)[1].startswith("oauth_problem=signature_invalid&")


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_may_be_ten_minutes_off_and_no_more(sandbox, http, clock, sign):
    """A clock that is off by ten minutes does not matter; one that is further off does."""
    clock.now += 600 * sign
    assert refused(http, sandbox)[0] == 200
    clock.now += sign
    assert refused(http, sandbox) == (401, "oauth_problem=timestamp_refused")


def test_a_timestamp_has_to_be_a_positive_number(sandbox, http):
    """A timestamp in any other notation is refused."""
    for timestamp in ("-1", "soon", f"{NOW}.5", f" {NOW}", f"0{NOW}", "٣", "9" * 5000):
        assert refused(http, sandbox, oauth_timestamp=timestamp)[1] == "oauth_problem=timestamp_refused"


def test_a_wrong_signature_is_answered_with_the_base_string_unescaped(sandbox, http):
    """A client author can compare what was signed with what the sandbox expected."""
    url = sandbox.base_url + LEG_1
    pairs = signed("GET", url, oauth_callback="oob", oauth_signature="d3Jvbmc=")
    answer = http.get(url, headers=header(pairs))
    assert answer.status_code == 401
    assert answer.text == f"oauth_problem=signature_invalid&debug_sbs={base_string('GET', url, pairs)}"
    assert f"debug_sbs=GET&{encoded(url)}&" in answer.text


def test_what_is_signed_cannot_be_changed_on_the_way(sandbox, http):
    """A request whose query, method, body or path was changed after signing is refused."""
    url = sandbox.base_url + LEG_1
    headers = header(signed("GET", url, oauth_callback="oob"))
    assert http.get(url + "?a=1", headers=headers).text.startswith("oauth_problem=signature_invalid")
    assert http.post(url, headers=headers).text.startswith("oauth_problem=signature_invalid")
    assert http.post(url, headers=headers, data={"a": "1"}).text.startswith("oauth_problem=signature_invalid")
    assert http.get(url, headers=headers).status_code == 200


def test_a_nonce_is_spent_by_its_key_at_its_time_alone(sandbox, http, clock):
    """A replay is refused as long as its timestamp is accepted; nobody without the secret can spend a nonce."""
    early = {"oauth_nonce": "mine", "oauth_timestamp": str(NOW + 600)}
    assert refused(http, sandbox, secret="wrong", **early)[0] == 401
    assert refused(http, sandbox, **early)[0] == 200
    other = {"secret": KEYS[1].api_secret, "oauth_consumer_key": KEYS[1].api_key}
    assert refused(http, sandbox, oauth_nonce="mine")[0] == refused(http, sandbox, **early, **other)[0] == 200
    clock.now += 1200
    assert refused(http, sandbox, **early) == (401, "oauth_problem=nonce_used")


def test_a_callback_that_is_no_web_address_is_refused(sandbox, http):
    """A callback that no browser could be sent to is refused at the first leg."""
    for callback in (
        *("ftp://h/", "javascript:alert(1)", "OOB", "//h/", "http://h/\r\nSet-Cookie: a=b", "http://h/é"),
        *('http://h/"', "http://[::1", "http://h:99999/", "http://h/" + "a" * 2040),
    ):
        assert refused(http, sandbox, oauth_callback=callback) == (
            400,
            "oauth_problem=parameter_rejected&oauth_parameters_rejected=oauth_callback",
        )


def test_what_cannot_be_decoded_is_refused_and_not_guessed(sandbox, http):
    """Broken encoding is a 400, not a guess at what was meant."""
    for headers in ({"Authorization": 'OAuth oauth_token="%ff"'}, {"Authorization": "OAuth nonsense"}):
        answer = http.get(sandbox.base_url + LEG_1, headers=headers)
        assert (answer.status_code, answer.text) == (400, "oauth_problem=parameter_rejected")
    answer = http.get(sandbox.base_url + "/services/rest/?api_key=%ff")
    assert (answer.status_code, answer.text) == (400, "oauth_problem=parameter_rejected")


def test_the_third_leg_wants_a_request_token_and_its_secret(sandbox, http):
    """An access token is not issued for an unknown token, a wrong secret or another access token."""
    pending = request_token(http, sandbox)
    pin = sandbox.press_ok(pending["oauth_token"])
    unknown = access(http, sandbox, pending, pin, oauth_token="72157000000000000-0000000000000000")
    assert (unknown.status_code, unknown.text) == (401, "oauth_problem=token_rejected")
    forged = access(http, sandbox, pending, pin, token_secret="0" * 16)
    assert forged.text.startswith("oauth_problem=signature_invalid&debug_sbs=GET&")
    assert form(access(http, sandbox, pending, pin))
    token = login(http, sandbox)
    assert access(http, sandbox, token, "123-456-789").text == "oauth_problem=token_rejected"


def test_a_rest_call_that_is_wrongly_signed_is_refused_without_json(sandbox, http, clock):
    """A wrong signature, key, time or nonce, or no token, is refused before any method is looked at."""
    token, url = login(http, sandbox), f"{sandbox.base_url}/services/rest/?method=flickr.test.echo&format=json"
    own = {"oauth_token": token["oauth_token"], "token_secret": token["oauth_token_secret"]}

    def problem(**how):
        answer = get(http, url, **{**own, **how})
        return answer.status_code, answer.text.partition("=")[2]

    assert problem(token_secret="0" * 16)[1].startswith("signature_invalid&debug_sbs=GET&")
    assert problem(oauth_consumer_key="0" * 32) == (401, "consumer_key_unknown")
    assert problem(drop=("oauth_token",)) == (400, "parameter_absent&oauth_parameters_absent=oauth_token")
    assert problem(oauth_nonce="mine")[0] == 200
    assert problem(oauth_nonce="mine") == (401, "nonce_used")
    clock.now += 601
    assert problem() == (401, "timestamp_refused")
