#!/usr/bin/python3
"""Hands one request from CGI to the application, and ends."""

import sys
from wsgiref.handlers import CGIHandler

sys.path.insert(0, "/srv/app")
from who import application

CGIHandler().run(application)
