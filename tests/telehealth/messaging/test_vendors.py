"""The gateways against stand-in vendors over real HTTP: what each answer means, and what a lost one does."""

import hmac
from collections.abc import Iterator

import httpx2
import pytest

from telehealth.kit.ids import new_id
from telehealth.messaging.gateways.esms import FAULTS, EsmsGateway
from telehealth.messaging.gateways.http import HttpGateway, Shape, filled
from telehealth.messaging.gateways.wire import Wire
from telehealth.messaging.ports import Callback, Fault, ForgedCallbackError, GatewayError, Outcome, Outgoing
from telehealth.messaging.routing import Standing, Try, health_of
from tests.support.clock import MONDAY_MORNING as NOW
from tests.support.ports import free_port
from tests.support.sms_vendors import SmsVendor, sms_vendor

PATIENT = httpx2.Timeout(60.0)
IMPATIENT = httpx2.Timeout(60.0, read=0.3)
_wires: list[Wire] = []


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    """Close what the test opened."""
    yield
    while _wires:
        _wires.pop().close()


def wire(timeout: httpx2.Timeout) -> Wire:
    _wires.append(Wire(timeout))
    return _wires[-1]


def patience(behaviour: str) -> httpx2.Timeout:
    """Return how long to wait: only who is never answered may give up."""
    return IMPATIENT if behaviour == "hang-after" else PATIENT


@pytest.fixture
def vendor() -> Iterator[SmsVendor]:
    """A vendor that behaves until told otherwise."""
    with sms_vendor() as vendor:
        yield vendor


def esms(vendor: SmsVendor, timeout: httpx2.Timeout = PATIENT, **more: object) -> EsmsGateway:
    account = {"key": "key", "secret": "secret", "brand": "TYTPhuThong"}
    more.setdefault("wire", wire(timeout))
    return EsmsGateway(address=vendor.address, **{**account, **more})  # type: ignore[arg-type]


def plain(vendor: SmsVendor, timeout: httpx2.Timeout = PATIENT, **more: object) -> HttpGateway:
    shape: dict[str, object] = {
        "url": vendor.address,
        "headers": {"Content-Type": "application/json", "Authorization": "Bearer x"},
        "body": '{"to": "$to", "content": "$text", "reference": "$reference", "sender": "$brand"}',
        "success": "status = success",
        "reference": "data.id",
        "faults": {"007": "temporary", "105": "permanent", "110": "configuration"},
        "status_url": vendor.address + "/status?reference=$reference",
    }
    return HttpGateway(Shape(**{**shape, **more}), brand="TYT", wire=wire(timeout))  # type: ignore[arg-type]


def text(words: str = "TYT: Lich kham 08:30 ngay 25/11") -> Outgoing:
    return Outgoing(new_id(), "+84868123456", words)


def fault_of(gateway: EsmsGateway | HttpGateway) -> tuple[Fault, str]:
    with pytest.raises(GatewayError) as refused:
        gateway.send(text(), now=NOW)
    return refused.value.fault, refused.value.code


def test_esms_is_asked_as_its_documents_say(vendor: SmsVendor) -> None:
    outgoing = text()
    ref = esms(vendor, callback_url="https://kham.example.vn/r").send(outgoing, now=NOW)
    assert ref == "sms-1"
    assert vendor.requests == [
        {
            "ApiKey": "key",
            "SecretKey": "secret",
            "Brandname": "TYTPhuThong",
            "SmsType": "2",
            "Phone": "0868123456",
            "Content": outgoing.text,
            "IsUnicode": "0",
            "Sandbox": "0",
            "RequestId": str(outgoing.reference),
            "CallbackUrl": "https://kham.example.vn/r",
        }
    ]


def test_esms_is_told_of_accents(vendor: SmsVendor) -> None:
    esms(vendor).send(text("TYT: Lịch khám 08:30"), now=NOW)
    assert vendor.requests[0]["IsUnicode"] == "1"


def test_a_text_that_another_vendor_does_not_know_closes_no_gateway(vendor: SmsVendor) -> None:
    """Its code is sorted as `unregistered`: what it refuses is that text, and others go on."""
    gateway = plain(vendor, faults={"146": "unregistered"})
    vendor.next("refuse:146")
    refused = fault_of(gateway)
    assert refused == (Fault.CONFIGURATION, "template-not-registered")
    tries = [Try(NOW, NOW, *refused) for _ in range(9)]
    assert health_of(tries, NOW).standing is Standing.OPEN


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_each_code_of_esms_means_what_the_table_says(vendor: SmsVendor, code: str) -> None:
    vendor.next(f"refuse:{code}")
    assert fault_of(esms(vendor)) == FAULTS[code]
    assert vendor.taken == []


@pytest.mark.parametrize(
    "behaviour", ["refuse:999", "garbage", "drop-before", "drop-after", "hang-after", "status:500"]
)
def test_what_esms_does_not_say_clearly_is_unknown(vendor: SmsVendor, behaviour: str) -> None:
    vendor.next(behaviour)
    assert fault_of(esms(vendor, patience(behaviour)))[0] is Fault.UNKNOWN


@pytest.mark.parametrize("behaviour", ["drip-head", "drip-body"])
def test_a_vendor_that_answers_byte_by_byte_is_given_up_in_all(vendor: SmsVendor, behaviour: str) -> None:
    """Each read brings something in time; without one end for all of them this would last for ever."""
    vendor.next(behaviour)
    hurried = Wire(PATIENT, whole_seconds=0.5)
    _wires.append(hurried)
    assert fault_of(esms(vendor, wire=hurried)) == (Fault.UNKNOWN, "timeout")
    assert len(vendor.taken) == 1
    hurried_no_more = esms(vendor)
    assert hurried_no_more.send(text(), now=NOW) == "sms-2"


def test_an_exchange_has_its_end_for_itself_alone(vendor: SmsVendor) -> None:
    """What one exchange used up is not taken from the next over the same connection."""
    lasting = Wire(PATIENT, whole_seconds=60.0)
    _wires.append(lasting)
    gateway = esms(vendor, wire=lasting)
    assert [gateway.send(text(), now=NOW) for _ in range(2)] == ["sms-1", "sms-2"]
    lasting._whole_seconds = 0.0
    assert fault_of(gateway) == (Fault.UNKNOWN, "timeout")
    lasting._whole_seconds = 60.0
    assert gateway.send(text(), now=NOW) == "sms-3"


def test_a_text_that_esms_took_before_the_line_broke_is_taken_once(vendor: SmsVendor) -> None:
    gateway, outgoing = esms(vendor), text()
    vendor.next("drop-after")
    with pytest.raises(GatewayError):
        gateway.send(outgoing, now=NOW)
    assert gateway.send(outgoing, now=NOW) == str(outgoing.reference)
    assert vendor.per_reference() == {str(outgoing.reference): 1}


def test_who_cannot_be_reached_has_taken_nothing() -> None:
    nowhere = SmsVendor(address=f"http://127.0.0.1:{free_port()}")
    assert fault_of(esms(nowhere)) == (Fault.TEMPORARY, "not-reached")
    assert fault_of(plain(nowhere)) == (Fault.TEMPORARY, "not-reached")


@pytest.mark.parametrize(
    ("query", "outcome"),
    [
        ({"SendStatus": "5", "SendSuccess": "1", "SendFailed": "0"}, Outcome.DELIVERED),
        ({"SendStatus": "5", "SendSuccess": "0", "SendFailed": "1"}, Outcome.UNDELIVERED),
        ({"SendStatus": "4"}, Outcome.UNDELIVERED),
        ({"SendStatus": "1"}, None),
        ({"SendStatus": "2"}, None),
        ({"SendStatus": "7", "SendSuccess": "1"}, None),
    ],
)
def test_a_callback_of_esms_is_read(
    vendor: SmsVendor, query: dict[str, str], outcome: Outcome | None
) -> None:
    ours = new_id()
    callback = Callback({"SMSID": "sms-1", "RequestId": str(ours), **query}, {}, b"")
    reports = esms(vendor).read_callback(callback, now=NOW)
    assert [(r.provider_ref, r.outcome, r.reference) for r in reports] == (
        [("sms-1", outcome, ours)] if outcome else []
    )


@pytest.mark.parametrize(
    "query",
    [{}, {"SMSID": "x"}, {"SMSID": "x" * 65, "SendStatus": "5"}, {"SMSID": "x", "SendStatus": "five"}],
)
def test_what_esms_never_sends_is_refused(vendor: SmsVendor, query: dict[str, str]) -> None:
    with pytest.raises(ForgedCallbackError):
        esms(vendor).read_callback(Callback(query, {}, b""), now=NOW)


def test_another_vendor_is_asked_as_the_settings_say(vendor: SmsVendor) -> None:
    outgoing = text('TYT: "Lich" kham \\ 08:30')
    assert plain(vendor).send(outgoing, now=NOW) == "sms-1"
    assert vendor.requests[0] == {
        "to": "+84868123456",
        "content": outgoing.text,
        "reference": str(outgoing.reference),
        "sender": "TYT",
    }
    assert vendor.headers[0]["authorization"] == "Bearer x"


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        ("refuse:007", Fault.TEMPORARY),
        ("refuse:105", Fault.PERMANENT),
        ("refuse:110", Fault.CONFIGURATION),
        ("refuse:12", Fault.UNKNOWN),
        ("status:429", Fault.TEMPORARY),
        ("down", Fault.TEMPORARY),
        ("status:401", Fault.CONFIGURATION),
        ("status:422", Fault.PERMANENT),
        ("status:502", Fault.UNKNOWN),
        ("status:302", Fault.UNKNOWN),
        ("garbage", Fault.UNKNOWN),
        ("hang-after", Fault.UNKNOWN),
    ],
)
def test_each_answer_of_another_vendor_has_a_fault(vendor: SmsVendor, behaviour: str, fault: Fault) -> None:
    vendor.next(behaviour)
    assert fault_of(plain(vendor, patience(behaviour)))[0] is fault


def test_another_vendor_can_be_asked_about_a_lost_answer(vendor: SmsVendor) -> None:
    gateway, outgoing = plain(vendor), text()
    assert gateway.find(outgoing.reference) is None
    vendor.next("drop-after")
    with pytest.raises(GatewayError):
        gateway.send(outgoing, now=NOW)
    assert gateway.find(outgoing.reference) == "sms-1"


def test_reports_are_waited_for_only_where_an_address_for_them_was_given(vendor: SmsVendor) -> None:
    """Without one nobody calls, and each text would become a call to make."""
    assert esms(vendor, callback_url="https://kham.example.vn/r").traits.reports
    assert not esms(vendor).traits.reports


@pytest.mark.parametrize("status", ["0", "1", "2"])
def test_a_number_means_what_the_vendors_table_says_and_nothing_without_one(
    vendor: SmsVendor, status: str
) -> None:
    receipt = Callback({"id": "sms-1", "status": status}, {}, b"")
    assert plain(vendor).read_callback(receipt, now=NOW) == []
    told = plain(vendor, callback_outcomes={"0": "delivered", "2": "undelivered"})
    assert [each.outcome for each in told.read_callback(receipt, now=NOW)] == {
        "0": [Outcome.DELIVERED],
        "1": [],
        "2": [Outcome.UNDELIVERED],
    }[status]


def test_values_are_escaped_for_where_they_stand() -> None:
    values = {"text": 'a "b" & c', "to": "+84"}
    assert filled('{"t": "$text"}', values, "application/json") == '{"t": "a \\"b\\" & c"}'
    assert filled("t=$text&n=$to", values, "application/x-www-form-urlencoded") == "t=a+%22b%22+%26+c&n=%2B84"
    assert filled("$text $unknown", values, "text/plain") == 'a "b" & c $unknown'


@pytest.mark.parametrize("body", [b'{"id": "sms-1", "status": "DELIVERED"}', b"id=sms-1&status=delivered"])
def test_a_signed_callback_is_read_and_a_forged_one_is_not(vendor: SmsVendor, body: bytes) -> None:

    gateway = plain(vendor, callback_key="shared")
    signature = "sha256=" + hmac.new(b"shared", body, "sha256").hexdigest()
    [report] = gateway.read_callback(Callback({}, {"x-signature": signature}, body), now=NOW)
    assert (report.provider_ref, report.outcome) == ("sms-1", Outcome.DELIVERED)
    for wrong in ({}, {"x-signature": signature[:-1] + "x"}, {"x-signature": "é"}):
        with pytest.raises(ForgedCallbackError):
            gateway.read_callback(Callback({}, wrong, body), now=NOW)
