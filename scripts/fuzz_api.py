"""Requests made from the OpenAPI document, as every role, with a fixed seed: nothing a client sends may be answered with 5xx.

usage: fuzz_api.py URL REQUESTS [--each]
REQUESTS in all, spread evenly over the roles; with --each, so many for each role. The server holds the demo city.
"""

import sys
import warnings
from collections import Counter

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

warnings.filterwarnings("ignore")
URL, TOTAL = sys.argv[1].rstrip("/"), int(sys.argv[2])


class Person:
    """A browser of one role of the demo; a visitor without one."""

    def __init__(self, login):
        self.login = login
        self.sent = 0
        self.http = requests.Session()
        self.enter()

    def enter(self):
        self.http.cookies.clear()
        self.http.headers.pop("x-csrf-token", None)
        if self.login:
            view = self.http.post(f"{URL}/api/v1/session", json={"login": self.login}, timeout=300)
            view.raise_for_status()
            self.http.headers["x-csrf-token"] = view.json()["csrf"]

    def send(self, case):
        ask = case.as_transport_kwargs(base_url=URL)
        ask.pop("cookies", None)
        # A made-up token is refused before any handler: one in sixteen is enough of that.
        self.sent += 1
        dropped = {"user-agent"} if self.sent % 16 == 0 else {"user-agent", "authorization"}
        headers = {k: v for k, v in (ask.pop("headers", None) or {}).items() if k.lower() not in dropped}
        try:
            # Streams stay open: the head of the answer is enough.
            answer = self.http.request(**ask, headers=headers, stream=True, timeout=300)
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
            return None  # no client can send it
        status = answer.status_code
        text = answer.raw.read(400) if status >= 500 else b""
        answer.close()
        if status == 401 and self.login:
            self.enter()
        return status, text


def main():
    logins = [one["login"] for one in requests.get(f"{URL}/api/v1/session/demo", timeout=30).json()]
    assert len(logins) == 15, logins
    people = [Person(None)] + [Person(login) for login in logins]
    document = requests.get(f"{URL}/api/v1/openapi.json", timeout=30).json()
    schema = schemathesis.openapi.from_dict(document)
    operations = [result.ok() for result in schema.get_all_operations()]
    each = TOTAL if "--each" in sys.argv else -(-TOTAL // len(people))
    statuses, broken = Counter(), []
    for number, person in enumerate(people):
        sent = 0
        at = number
        while sent < each:
            operation = operations[at % len(operations)]
            at += 1
            wanted = min(max(1, each // len(operations)), each - sent)

            @seed(at)
            @settings(max_examples=wanted, deadline=None, database=None, phases=[Phase.generate],
                      suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet)
            @given(case=operation.as_strategy())
            def ask(case):
                nonlocal sent
                answer = person.send(case)
                if answer is None:
                    return
                sent += 1
                statuses[answer[0]] += 1
                if answer[0] >= 500:
                    broken.append((person.login or "visitor", operation.label, answer))

            ask()
        print(f"{person.login or 'visitor'}: {sent}, {len(broken)} with 5xx so far", file=sys.stderr, flush=True)
    print(f"{sum(statuses.values())} requests as {len(people)} roles over {len(operations)} operations:",
          ", ".join(f"{n} x {status}" for status, n in sorted(statuses.items())))
    for who, label, (status, text) in broken[:20]:
        print(f"{status} for {who}: {label}: {text[:200]!r}")
    sys.exit(1 if broken else 0)


main()
