text = "Good morning."
