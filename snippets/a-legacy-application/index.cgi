#!/usr/bin/python3
"""Hands a request from CGI to the application."""

from wsgiref.handlers import CGIHandler

from dispatcher import philo_dispatcher

CGIHandler().run(philo_dispatcher)
