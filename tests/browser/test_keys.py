"""Agents work the queue by keyboard; keys can be switched off and never get in the way of typing."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_agent_opens_and_leaves_a_case_by_keyboard(sign_in, cast, file_case):
    case = file_case()
    agent = sign_in(cast.agent)
    agent.keyboard.press("j")
    agent.keyboard.press("Enter")
    agent.wait_for_url(f"**{case.get_absolute_url()}")
    agent.keyboard.press("p")
    agent.wait_for_url("**/propose/")
    agent.go_back()
    agent.keyboard.press("u")
    agent.wait_for_url("**/merchant/")


def test_typing_is_not_a_shortcut_and_keys_can_be_switched_off(sign_in, cast, file_case):
    file_case()
    agent = sign_in(cast.agent)
    agent.keyboard.press("/")
    agent.keyboard.type("jk?")
    assert agent.locator("#q").input_value() == "jk?"
    assert not agent.locator("#keys").is_visible()

    agent.locator("h1").click()
    agent.keyboard.press("?")
    agent.locator("[data-keys-on]").uncheck()
    agent.keyboard.press("Escape")
    agent.reload()
    agent.keyboard.press("j")
    assert agent.evaluate("document.activeElement === document.body"), "switched off, in this browser and for later"
