from greeting import application
