TEXT = "Hello from 2013"
