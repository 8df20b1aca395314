"""The JSON door, `/api/v1`: whatever the page can do."""

from __future__ import annotations

from flask import Blueprint

from webapp.api.kit.route import Api
from webapp.urls import API

v1 = Blueprint("api", __name__, url_prefix=API)
api = Api(v1)
