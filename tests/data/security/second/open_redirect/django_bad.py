from django.http import HttpResponseRedirect


def done(request):
    return HttpResponseRedirect(request.GET.get("return_to"))
