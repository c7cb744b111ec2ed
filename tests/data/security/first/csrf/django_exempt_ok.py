from django.http import HttpResponse
from django.views.decorators.csrf import csrf_protect


@csrf_protect
def change_mail(request):
    request.user.email = request.POST["email"]
    request.user.save()
    return HttpResponse("ok")
