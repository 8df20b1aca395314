"""The JSON API, `/api/v1`. It offers every action of the page."""

from __future__ import annotations

from flask import Blueprint

from webapp.api.kit.route import Api
from webapp.urls import API

v1 = Blueprint("api", __name__, url_prefix=API)
api = Api(v1)
