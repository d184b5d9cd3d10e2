import pytest

from captions.speechserver.switches import BadSwitch, Switches, from_environment


def test_defaults_are_those_of_the_contract():
    switches = Switches().as_contract()
    assert switches["EMU_VN_BAD_KEY"] == "http401"
    assert switches["EMU_VN_PONG"] == "none"
    assert switches["EMU_VN_INIT_TIMEOUT_S"] == 10
    assert switches["EMU_VN_RETRY_AFTER"] == "absent"


def test_a_switch_answers_to_its_contract_name_and_to_ours():
    assert Switches().changed({"EMU_VN_PONG": "pong"}) == Switches().changed({"pong": "pong"})


def test_the_environment_is_read_as_text():
    switches = from_environment(
        {
            "EMU_LATENCY_MS": "250",
            "EMU_VN_LLM_INTERLEAVE": "true",
            "EMU_VN_FULL_PASS_PARAMS": "whole, whole_prompt",
            "EMU_VN_RETRY_AFTER": "7",
        }
    )
    assert switches.latency_ms == 250
    assert switches.llm_interleave is True
    assert switches.full_pass_params == ("whole", "whole_prompt")
    assert switches.retry_after == "7"


def test_other_variables_are_not_ours():
    assert from_environment({"EMU_XX_WAV": "each", "pong": "pong", "HOME": "/"}) == Switches()


def test_switches_of_speaking_have_the_defaults_of_the_contract():
    switches = Switches().as_contract()
    assert switches["EMU_VN_TTS_START"] == "sentence"
    assert (switches["EMU_VM_IDLE_S"], switches["EMU_VM_IDLE_CODE"]) == (60, 1000)
    assert (switches["EMU_VM_WAV"], switches["EMU_VA_WAV"]) == ("each", "first")
    assert not any(value for name, value in switches.items() if name.startswith("EMU_TTS_"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMU_VN_NOPE", "1"),
        ("EMU_VN_PONG", "maybe"),
        ("EMU_LATENCY_MS", "soon"),
        ("EMU_LATENCY_MS", -1),
        ("EMU_LATENCY_MS", "nan"),
        ("EMU_LATENCY_MS", True),
        ("EMU_LATENCY_MS", 10**400),
        ("EMU_VN_LLM_INTERLEAVE", "perhaps"),
        ("EMU_VN_FULL_PASS_PARAMS", [1]),
        ("EMU_VN_INIT_ERROR", 1),
    ],
)
def test_what_a_switch_does_not_take_is_refused_by_name(name, value):
    with pytest.raises(BadSwitch, match=name):
        Switches().changed({name: value})
