import random
import time


def wait(attempt):
    time.sleep(min(60, 2**attempt) * random.uniform(0.5, 1.0))
