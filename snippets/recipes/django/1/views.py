from django.conf import settings
from django.forms import modelform_factory
from django.http import HttpResponse
from django.shortcuts import redirect, render

from polls.models import Question

QuestionForm = modelform_factory(Question, fields=["text", "picture"])


def index(request):
    form = QuestionForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        form.save()
        return redirect("index")
    return render(request, "polls/index.html", {"form": form, "questions": Question.objects.order_by("id")})


def health(request):
    answer = f"release {settings.RELEASE}, questions: {Question.objects.count()}\n"
    return HttpResponse(answer, content_type="text/plain")
