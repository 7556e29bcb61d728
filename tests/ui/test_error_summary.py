"""The list of what is wrong reads as sentences: a question loses its mark before the colon."""

import pytest
from django import forms
from django.template import Context, Template


@pytest.mark.parametrize(
    ("label", "name"), [("Since when?", "Since when"), ("什么时候开始的？", "什么时候开始的"), ("Amount", "Amount")]
)
def test_questions_lose_their_mark(label, name):
    form = forms.Form({})
    form.fields["asked"] = forms.CharField(label=label)
    text = Template("{% error_summary form %}").render(Context({"form": form}))
    assert f">{name}: " in text
