"""How finance's pages are shown: inside the admin, with its menu."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of the admin."""
    return render(request, template, {**admin.site.each_context(request), **context}, status=status)
