#!/usr/bin/python3
"""Hands one request from CGI to the application, and ends."""

from wsgiref.handlers import CGIHandler

from who import application

CGIHandler().run(application)
