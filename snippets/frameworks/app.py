from flask import Flask, render_template

app = Flask(__name__)


@app.get("/")
def board():
    return render_template("board.html")
