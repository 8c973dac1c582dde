"""Services, definitions and requests as georeport reads them, in JSON and XML; both must say the same.

usage: open311_client.py URL      The server holds the demo city.
"""

import sys

import georeport.georeport
import requests
from georeport import GeoReport

URL = sys.argv[1].rstrip("/")
BASE = f"{URL}/open311/v2"


def key():
    """A key of a secretary of the demo, made as a person makes one, and a place where it may report."""
    demo = requests.get(f"{URL}/api/v1/session/demo", timeout=30).json()
    login = next(one["login"] for one in demo if one["role_word"] == "community_secretary")
    http = requests.Session()
    entered = http.post(f"{URL}/api/v1/session", json={"login": login}, timeout=30)
    entered.raise_for_status()
    body = {"name": "Open311", "scope": "everywhere", "read_only": False, "days": 1}
    made = http.post(f"{URL}/api/v1/session/tokens", json=body, headers={"x-csrf-token": entered.json()["csrf"]}, timeout=30)
    made.raise_for_status()
    # A compound of the community where this secretary works, by its name.
    scope = entered.json()["roles"][0]["scope"]
    page = http.get(f"{URL}/api/v1/compounds", params={"limit": 1000}, timeout=30).json()["items"]
    names = [one["name"] for one in page]
    place = next(one["name"] for one in page if one["community"]["code"] == scope and names.count(one["name"]) == 1)
    return made.json()["token"], place


def text(value):
    """As XML has it: everything is text, nothing is None."""
    if isinstance(value, bool):
        return str(value).lower()
    return None if value in (None, "") else str(value)


def same(json, xml):
    assert json.keys() == xml.keys(), (json, xml)
    for name in json:
        # Python and Rust write numbers differently.
        if isinstance(json[name], float):
            assert abs(json[name] - float(xml[name])) < 1e-9, name
        else:
            assert text(json[name]) == xml[name], (name, json[name], xml[name])


def listed(value):
    return value if isinstance(value, list) else [value]


def main():
    mine = requests.Session()
    token, place = key()
    mine.params = {"api_key": token}
    # The client has no place for a key when it asks; the key decides what is seen.
    georeport.georeport.requests = mine
    json, xml = GeoReport(BASE), GeoReport(BASE, output_format="xml")

    services = json.get_service_list()
    assert len(services) > 30
    for one, other in zip(services, listed(xml.get_service_list()), strict=True):
        same(one, other)
    asked = [one["service_code"] for one in services if one["metadata"]]
    assert asked
    for code in asked:
        one, other = json.get_service_definition(code), xml.get_service_definition(code)
        assert one["service_code"] == other["service_code"] == code
        for mine_, theirs in zip(one["attributes"], listed(other["attributes"]["attribute"]), strict=True):
            values = listed((theirs.pop("values") or {}).get("value") or [])
            assert [dict(value) for value in values] == mine_.pop("values"), code
            same(mine_, theirs)

    before = {one["service_request_id"] for one in json.get_service_requests()}
    made = []
    for suffix in ("json", "xml"):
        form = {"service_code": "utilities.lighting", "address_string": place, "description": f"路灯不亮 <{suffix}> & so",
                "first_name": "示例", "phone": "10010020001"}
        answer = mine.post(f"{BASE}/requests.{suffix}", data=form, timeout=30)
        assert answer.status_code == 200, answer.text
        made.append(answer)
    ids = [made[0].json()[0]["service_request_id"]]
    ids.append(georeport.georeport.xmltodict.parse(made[1].content)["service_requests"]["request"]["service_request_id"])
    after = {one["service_request_id"] for one in json.get_service_requests()}
    assert after - before == set(ids), (before, after, ids)
    for number in ids:
        one, other = json.get_service_request(number), xml.get_service_request(number)
        same(one, other)
        assert one["status"] == "open" and "10010020001" not in str(one)
    several = json.get_service_requests(service_request_id=",".join(ids))
    assert sorted(one["service_request_id"] for one in several) == sorted(ids)
    assert not json.get_service_requests(service_code="utilities.gas", status="closed", start_date="2001-01-01T00:00:00Z",
                                         end_date="2001-02-01T00:00:00Z")
    for client in (json, xml):
        try:
            client.get_service_request("nothing")
        except requests.HTTPError as error:
            assert error.response.status_code == 404
        else:
            raise AssertionError("a request that does not exist was found")
    print(f"georeport agrees in JSON and XML: {len(services)} services, {len(asked)} definitions, {len(ids)} requests made and found")


main()
