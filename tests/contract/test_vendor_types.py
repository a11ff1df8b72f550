"""Types that conform to protocols of SDKs that are shipped as binaries, without their source."""

from __future__ import annotations

from pathlib import Path

import pytest

from live_activity.contract import Contract, decode_failure, list_types, only_type, read_contract
from live_activity.core.findings import InvalidInput
from tests.contract.spelling import contract_of, fields_of
from tests.contract.test_swift_folders import write

STATE = "public struct ContentState: Codable, Hashable, Sendable { public var minute: Int }"
INSIDER = f"""
import ActivityKit
import InsiderLiveActivities
@available(iOS 16.1, *)
public struct Match: InsiderLiveActivitiesAttributes {{
    public let insiderLiveActivityId: InsiderLiveActivityIdentifier
    public let homeTeam: String
    public init(insiderLiveActivityId: InsiderLiveActivityIdentifier, homeTeam: String) {{
        self.insiderLiveActivityId = insiderLiveActivityId
        self.homeTeam = homeTeam
    }}
    {STATE}
}}
"""
ONE_SIGNAL = """
struct Match: OneSignalLiveActivityAttributes {
    public struct ContentState: OneSignalLiveActivityContentState {
        var minute: Int
        var onesignal: OneSignalLiveActivityContentStateData?
    }
    var homeTeam: String
    var onesignal: OneSignalLiveActivityAttributeData
}
"""
ADOBE = (
    f"struct Match: LiveActivityAttributes {{ {STATE}\n"
    "var liveActivityData: LiveActivityData; var homeTeam: String }"
)


@pytest.fixture
def insider() -> Contract:
    return contract_of(INSIDER)


def test_a_type_of_the_vendors_sdk_is_read_with_one_remark(insider: Contract) -> None:
    assert fields_of(insider.state) == "minute: Int"
    (note,) = insider.notes
    assert (note.severity, note.column) == ("info", "attributes.insiderLiveActivityId")
    assert "`test` on one phone" in note.message


@pytest.mark.parametrize("identifier", [None, "abc", {"custom": {"_0": "abc"}}, {"raw": 1}])
def test_the_vendors_identifier_is_taken_in_any_form_and_never_required(
    insider: Contract, identifier: object
) -> None:
    attributes = {"homeTeam": "GAL"} | ({"insiderLiveActivityId": identifier} if identifier else {})
    checked = insider.check_attributes(attributes, from_text=False)
    assert checked.findings == ()
    assert checked.value == attributes
    assert decode_failure(insider, "attributes", attributes) is None
    assert not insider.check_attributes({"insiderLiveActivityId": "abc"}, from_text=False).is_accepted


@pytest.mark.parametrize("source", [ONE_SIGNAL, ADOBE], ids=["OneSignal", "Adobe"])
def test_types_of_other_vendors_are_read_in_the_same_way(source: str) -> None:
    contract = contract_of(source)
    assert contract.check_state({"minute": 3}, from_text=False).findings == ()
    assert contract.check_attributes({"homeTeam": "GAL"}, from_text=False).findings == ()
    assert [note.severity for note in contract.notes] == ["info"]


def test_an_identifier_with_a_value_of_its_own_is_not_decoded() -> None:
    contract = contract_of(
        "struct Match: InsiderLiveActivitiesAttributes {\n"
        f"let insiderLiveActivityId: InsiderLiveActivityIdentifier = .auto\n{STATE} }}"
    )
    assert fields_of(contract.attributes) == ""
    assert [note.severity for note in contract.notes] == ["info"]


def test_a_protocol_of_the_app_may_refine_the_vendors(tmp_path: Path) -> None:
    write(
        tmp_path,
        Card="protocol Card: Themed where ContentState == Score {}",
        Themed="protocol Themed: InsiderLiveActivitiesAttributes {}",
        Score="struct Score: Codable, Hashable { var home: Int }",
        Match="struct Match: Card { var homeTeam: String }",
    )
    assert [one.name for one in list_types(tmp_path)] == ["Match"]
    assert fields_of(read_contract(tmp_path, "Match").state) == "home: Int"


def test_an_unknown_protocol_is_read_with_a_warning_where_the_type_has_a_state() -> None:
    contract = contract_of(f"struct Match: PushKitCard, Codable {{ {STATE} }}")
    assert fields_of(contract.state) == "minute: Int"
    (note,) = contract.notes
    assert (note.severity, note.code) == ("warning", "swift_unknown_protocol")
    assert "PushKitCard" in note.message


@pytest.mark.parametrize(
    "head", ["struct Match: Codable", "struct Match: Codable, Identifiable", "struct Match"]
)
def test_known_protocols_alone_make_no_live_activity(head: str) -> None:
    with pytest.raises(InvalidInput, match="does not conform to ActivityAttributes"):
        contract_of(f"{head} {{ {STATE} }}")


def test_the_same_type_in_an_app_and_its_widget_is_the_only_type(tmp_path: Path) -> None:
    write(tmp_path, App__Match=INSIDER, Widget__Match=INSIDER)
    assert only_type(tmp_path) == "Match"
