from .greeting import application
