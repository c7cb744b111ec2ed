"""Sentences of different people and what each must become. One line a resource: `name: field type rules; ...`."""
# ruff: noqa: E501 (a sentence stays on its line)

from __future__ import annotations

import pytest

from agents.pm.reader.reader import read_request
from memory.records.spec import AppSpec, FieldSpec, ResourceSpec


def shown_field(field: FieldSpec) -> str:
    words = [field.name, field.type.value]
    words += ["required"] if field.required else []
    words += ["unique"] if field.unique else []
    for name in ("default", "choices", "minimum", "maximum", "min_length", "max_length", "pattern", "target"):
        value = getattr(field, name)
        if value is None or value == () or (name == "max_length" and value in (200, 10_000)):
            continue
        words.append(f"{name}={'|'.join(value) if isinstance(value, tuple) else value}")
    return " ".join(words)


def shown_resource(resource: ResourceSpec) -> str:
    parts = [shown_field(field) for field in resource.fields]
    parts += [f"rule {c.left} {c.op} {c.right}" for c in resource.comparisons]
    parts += [f"together {'+'.join(names)}" for names in resource.unique_together]
    for label, names in (("search", resource.search), ("filter", resource.filters), ("sort", resource.sorts)):
        parts += [f"{label} {'+'.join(names)}"] if names else []
    parts += ["csv_import"] if resource.csv_import else []
    parts += ["csv_export"] if resource.csv_export else []
    return f"{resource.name}{' (owned)' if resource.owned else ''}: {'; '.join(parts)}"


def shown(spec: AppSpec) -> list[str]:
    lines = ["accounts"] if spec.accounts else []
    if (spec.pagination.default_limit, spec.pagination.max_limit) != (50, 200):
        lines.append(f"pages {spec.pagination.default_limit} {spec.pagination.max_limit}")
    lines += [shown_resource(resource) for resource in spec.resources]
    return lines + [f"? {part.text}" for part in spec.not_understood]


CASES: list[tuple[str, list[str]]] = [
    (
        "Build a REST API for todos with title, due date and a done flag",
        ["todo: title text required; due_date date; done flag default=False"],
    ),
    ("todo api: title, due date, done", ["todo: title text required; due_date date; done flag default=False"]),
    (
        "manage a library: books with title, author, ISBN unique, and members with name and email; each loan belongs to a book and a member and has a due date",
        [
            "book: title text required; author text; isbn text unique",
            "member: name text required; email email",
            "loan: due_date date; book_id reference required target=book; member_id reference required target=member",
        ],
    ),
    (
        "CRM for contacts and companies",
        [
            "contact: name text required; email email; phone text; notes text",
            "company: name text required; website url",
        ],
    ),
    (
        "Track books (title, author, year) and members (name, email).",
        ["book: title text required; author text; year integer", "member: name text required; email email"],
    ),
    (
        "API for articles where status is one of draft, published or archived (default draft), title and body",
        ["article: status enum default=draft choices=draft|published|archived; title text required; body text"],
    ),
    (
        "Tasks with a required title, priority (low/medium/high), rating from 1 to 5, and a project. Each task belongs to a project.",
        [
            "task: title text required; priority enum default=low choices=low|medium|high; rating integer minimum=1 maximum=5; project_id reference required target=project",
            "project: name text required",
        ],
    ),
    (
        "Products with name, sku matching [A-Z]{3}-\\d{4}, price must be positive, non-negative stock, and quantity at least 1",
        [
            "product: name text required; sku text pattern=[A-Z]{3}-\\d{4}; price money minimum=0.01; stock integer minimum=0; quantity integer minimum=1"
        ],
    ),
    (
        "A blog with posts and comments on posts. Posts have many tags and tags have many posts.",
        [
            "post: title text required; body text",
            "comment: body text required; post_id reference required target=post",
            "tag: name text required",
            "post_tag: post_id reference required target=post; tag_id reference required target=tag; together post_id+tag_id",
        ],
    ),
    (
        "Notes app where users log in and see only their own notes",
        ["accounts", "note (owned): title text required; body text"],
    ),
    (
        "Events with title, start date and end date after start date; only one booking per room and date. Bookings have a room, date and guest email.",
        [
            "event: title text required; start_date date; end_date date; rule end_date > start_date",
            "booking: room text required; date date; guest_email email; together room+date",
        ],
    ),
    (
        "Books:\n- title (required, max 200 characters)\n- isbn: string, unique\n- price: decimal, at least 0\nMembers: name, email",
        [
            "book: title text required; isbn text unique; price money minimum=0",
            "member: name text required; email email",
        ],
    ),
    (
        "products with name and price, filter by price, sort by name and price, search by name, paginated 20 per page, max 100, CSV import and export",
        [
            "pages 20 100",
            "product: name text required; price money minimum=0; search name; filter price; sort name+price; csv_import; csv_export",
        ],
    ),
    (
        "Build me a todo app with React frontend, MongoDB and Stripe payments. The total is quantity times price.",
        [
            "todo: title text required; description text; due_date date; done flag default=False",
            "? with React frontend",
            "? MongoDB",
            "? and Stripe payments",
            "? The total is quantity times price",
        ],
    ),
    (
        "categories with a parent category and name. every order has a customer. orders reference products",
        [
            "category: parent_category_id reference target=category; name text required",
            "order: number text required; date date; status text; total money minimum=0; customer_id reference required target=customer; product_id reference required target=product",
            "customer: name text required",
            "product: name text required",
        ],
    ),
    (
        "API for articles where status is one of draft, published or archived (default draft), title and body",
        ["article: status enum default=draft choices=draft|published|archived; title text required; body text"],
    ),
    (
        "A recipe API: recipes have a title, a list of ingredients, cooking time, servings (at least 1) and difficulty (easy, medium, hard; default easy). Users can search recipes by title and filter them by difficulty.",
        [
            "recipe: title text required; ingredients list; cooking_time integer; servings integer minimum=1; difficulty enum default=easy choices=easy|medium|hard; search title; filter difficulty"
        ],
    ),
    (
        "Employee directory. Each employee has a first name, last name, unique work email, hire date, salary and an is active flag. Employees belong to departments; departments have a unique name.",
        [
            "employee: first_name text required; last_name text; work_email email unique; hire_date date; salary money minimum=0; is_active flag default=False; department_id reference required target=department",
            "department: name text required unique",
        ],
    ),
    (
        "I'd like an expense tracker where each user has their own expenses with amount, category (food, travel, rent), date and an optional note. Sort by date, export as CSV.",
        [
            "accounts",
            "expense (owned): amount money minimum=0; category enum default=food choices=food|travel|rent; date date; note text; sort date; csv_export",
        ],
    ),
    (
        "hotel: rooms with number (unique, integer), type one of single, double, suite, price per night; guests with name, email (unique), phone; bookings belong to a room and a guest and have check-in date, check-out date. Check-out date must be after check-in date.",
        [
            "room: number integer required unique; type enum default=single choices=single|double|suite; price_per_night money minimum=0",
            "guest: name text required; email email unique; phone text",
            "booking: check_in_date date; check_out_date date; room_id reference required target=room; guest_id reference required target=guest; rule check_out_date > check_in_date",
        ],
    ),
    (
        "REST API for movies with title (required, max 100 chars), release year between 1888 and 2100, rating (0-10), genre, and a watched flag that defaults to false. Support pagination, filtering by genre and sorting by rating.",
        [
            "movie: title text required max_length=100; release_year integer minimum=1888 maximum=2100; rating integer minimum=0 maximum=10; genre text; watched flag default=False; filter genre; sort rating"
        ],
    ),
    (
        "Build an inventory service. Items have a name, SKU (unique), quantity >= 0, unit price, and supplier. Suppliers have name, email and website.",
        [
            "item: name text required; sku text unique; quantity integer minimum=0; unit_price money minimum=0; supplier_id reference required target=supplier",
            "supplier: name text required; email email; website url",
        ],
    ),
    (
        "I need an app for my gym - members, trainers and classes. A class has a name, start time, capacity (max 30) and a trainer. Members have name, email, membership level (basic/premium) and join date.",
        [
            "member: name text required; email email; membership_level enum default=basic choices=basic|premium; join_date date",
            "trainer: name text required; email email",
            "class: name text required; start_time time; capacity integer minimum=0 maximum=30; trainer_id reference required target=trainer",
        ],
    ),
    (
        "events:\n  name - string, required\n  starts_at - datetime\n  ends_at - datetime, must be after starts_at\n  capacity - integer, min 1\nvenues:\n  name\n  address",
        [
            "event: name text required; starts_at datetime; ends_at datetime; capacity integer minimum=1; rule ends_at > starts_at",
            "venue: name text required; address text",
        ],
    ),
    (
        "1. Customers: name, email (unique), phone (optional)\n2. Invoices: number (unique), issue date, due date, amount, status [draft, sent, paid], customer\n3. Payments: invoice, amount, paid at",
        [
            "customer: name text required; email email unique; phone text",
            "invoice: number text required unique; issue_date date; due_date date; amount money minimum=0; status enum default=draft choices=draft|sent|paid; customer_id reference required target=customer",
            "payment: invoice_id reference required target=invoice; amount money minimum=0; paid_at datetime",
        ],
    ),
    (
        "Create a bookmarks API. Bookmark: url (required), title, tags (list of strings), is_favorite boolean default false, visits integer default 0.",
        [
            "bookmark: url url required; title text required; tags list; is_favorite flag default=False; visits integer default=0"
        ],
    ),
    (
        "Students enroll in courses. Students have a name and an email. Courses have a title and credits between 1 and 10. Each enrollment belongs to a student and a course and has a grade; only one enrollment per student and course.",
        [
            "course: title text required; credits integer minimum=1 maximum=10",
            "student: name text required; email email",
            "enrollment: grade text required; student_id reference required target=student; course_id reference required target=course; together student_id+course_id",
            "? Students enroll",
        ],
    ),
    (
        "Survey API with questions (text, required; order, integer) and answers. An answer belongs to a question and has a body up to 2000 characters.",
        [
            "question: text text required; order integer",
            "answer: body text required max_length=2000; question_id reference required target=question",
        ],
    ),
    (
        "Make an API to store weather readings: temperature in celsius, humidity percentage from 0 to 100, recorded at, station name.",
        [
            "weather_reading: temperature number; humidity_percentage number minimum=0 maximum=100; recorded_at datetime; station_name text"
        ],
    ),
    (
        "users with email and password; posts with title and body belong to a user",
        ["accounts", "post (owned): title text required; body text"],
    ),
    (
        "api for ../../etc with name and class and select and __init__",
        ["etc: name text required; class text; select text; init text"],
    ),
    ("сотрудники with имя and возраст", ["sotrudniki: imya text required; vozrast text"]),
    (
        "products with name, name, price. products with color",
        ["product: name text required; price money minimum=0; color text"],
    ),
    ("Tasks with id, created_at, title and owner_id", ["task: title text required"]),
    (
        "A simple blog API. Posts have title, slug (unique), content, published flag and published date. Comments belong to posts and have author name, author email and text. Only logged-in users can create posts. Only the owner can edit their posts.",
        [
            "accounts",
            "post (owned): title text required; slug text unique; content text; published flag default=False; published_date date",
            "comment: author_name text required; author_email email; text text; post_id reference required target=post",
        ],
    ),
    (
        "pets (name, species: dog/cat/bird, birth date, weight in kg, owner) and owners (name, phone number)",
        [
            "pet: name text required; species enum default=dog choices=dog|cat|bird; birth_date date; weight number minimum=0; owner_id reference required target=owner",
            "owner: name text required; phone_number text",
        ],
    ),
    (
        "Ticket system: tickets have subject, description, priority one of low, normal, high, urgent defaulting to normal, status (open/in progress/closed), assigned to an agent. Agents have name and email.",
        [
            "ticket: subject text required; description text; priority enum default=normal choices=low|normal|high|urgent; status enum default=open choices=open|in progress|closed; agent_id reference required target=agent",
            "agent: name text required; email email",
        ],
    ),
    (
        "Parking garage API. Track vehicles with a license plate that must be unique, make, model, color and entry time. Each vehicle is parked in a spot; spots have a number and a floor between -2 and 5.",
        [
            "vehicle: license_plate text required unique; make text; model text; color text; entry_time time; spot_id reference required target=spot",
            "spot: number text required; floor integer minimum=-2 maximum=5",
        ],
    ),
    (
        "contacts app - name, phone, email, birthday",
        ["contact: name text required; phone text; email email; birthday date"],
    ),
    (
        "API for managing a car rental: cars (make, model, year, daily rate, available flag), customers (full name, driver license number unique, email) and rentals (car, customer, pickup date, return date after pickup date, total cost).",
        [
            "car: make text required; model text; year integer; daily_rate money; available flag default=False",
            "customer: full_name text required; driver_license_number text unique; email email",
            "rental: car_id reference required target=car; customer_id reference required target=customer; pickup_date date; return_date date; total_cost money minimum=0; rule return_date > pickup_date",
        ],
    ),
    (
        "Simple REST backend for a podcast directory: podcasts have a title, host and feed URL; episodes belong to a podcast and have title, duration in minutes, published at and explicit flag.",
        [
            "podcast: title text required; host text; feed_url url",
            "episode: title text required; duration integer minimum=0; published_at datetime; explicit flag default=False; podcast_id reference required target=podcast",
        ],
    ),
    (
        "I need to store sensor readings. Every reading has a sensor, a temperature (-40 to 125), humidity (0-100%) and a timestamp. Sensors have a unique name and location.",
        [
            "sensor_reading: sensor_id reference required target=sensor; temperature number minimum=-40 maximum=125; humidity number minimum=0 maximum=100; timestamp datetime",
            "sensor: name text required unique; location text",
        ],
    ),
    (
        "Feedback API: rating 1-5 required, comment optional max 500 chars, email",
        ["feedback: rating integer required minimum=1 maximum=5; comment text max_length=500; email email"],
    ),
    (
        "Please create a REST API for a job board. Companies have a name, website and description. Jobs belong to a company and have a title, salary min, salary max (must be greater than salary min), employment type (full-time, part-time, contract), remote flag and posted date. Allow filtering by employment type and remote, sorting by posted date, and searching by title.",
        [
            "job: title text required; salary_min money minimum=0; salary_max money minimum=0; employment_type enum default=full-time choices=full-time|part-time|contract; remote flag default=False; posted_date date; company_id reference required target=company; rule salary_max > salary_min; search title; filter employment_type+remote; sort posted_date",
            "company: name text required; website url; description text",
        ],
    ),
    (
        "shopping list: item name (required), quantity (integer, default 1), bought (boolean)",
        ["shopping_list: item_name text required; quantity integer default=1 minimum=0; bought flag default=False"],
    ),
    (
        "Track workouts: date, type (run, swim, bike), duration in minutes > 0, distance km, notes",
        [
            "workout: date date; type enum default=run choices=run|swim|bike; duration integer minimum=1; distance_km number; notes text"
        ],
    ),
    (
        "Private journal. Users sign up and log in; each entry has a title, a body and a mood (happy, neutral, sad). Users can only see their own entries.",
        [
            "accounts",
            "entry (owned): title text required; body text; mood enum default=happy choices=happy|neutral|sad",
        ],
    ),
    (
        "An API where teachers can manage students and grades. A student has a first name, last name, email (unique) and date of birth. A grade has a student, subject, score between 0 and 100 and a graded on date.",
        [
            "student: first_name text required; last_name text; email email unique; date_of_birth date",
            "grade: subject text required; score integer minimum=0 maximum=100; graded_on_date date; student_id reference required target=student",
            "? teachers",
        ],
    ),
    (
        "Build a REST API for a warehouse with products, suppliers and purchase orders. Products have a sku (unique, required), name, weight and unit cost. Purchase orders belong to a supplier, have an order date, status (pending, shipped, received) and total amount.",
        [
            "product: sku text required unique; name text required; weight number minimum=0; unit_cost money minimum=0",
            "supplier: name text required; email email; phone text",
            "purchase_order: order_date date; status enum default=pending choices=pending|shipped|received; total_amount money minimum=0; supplier_id reference required target=supplier",
        ],
    ),
    (
        "feature flags service: flag key (unique, matching ^[a-z_]+$), description, enabled defaults to false, rollout percentage 0 to 100",
        [
            "feature_flag: flag_key text required unique pattern=[a-z_]+; description text; enabled flag default=False; rollout_percentage number minimum=0 maximum=100"
        ],
    ),
    (
        "Store URLs with a short code that is unique and exactly 6 characters, the target url (required), number of clicks starting at 0 and expiry date.",
        [
            "url: short_code text required unique min_length=6 max_length=6; target_url url required; number_of_clicks integer default=0; expiry_date date"
        ],
    ),
    (
        "Make a restaurant reservation API. Tables have a number (unique) and seats (at least 1). Reservations have a guest name, phone, party size between 1 and 20, reserved for datetime and belong to a table. No two reservations may have the same table and reserved for.",
        [
            "restaurant_reservation: guest_name text required; phone text; party_size number minimum=1 maximum=20; reserved_for datetime; table_id reference required target=table; together table_id+reserved_for",
            "table: number text required unique; seats integer minimum=1",
        ],
    ),
    (
        "Entities:\n* Author - name, bio, birth year\n* Book - title, isbn (unique), published year, author, genres (list)\nFeatures:\n* filter books by author\n* pagination 25 per page",
        [
            "pages 25 200",
            "author: name text required; bio text; birth_year integer",
            "book: title text required; isbn text unique; published_year integer; author_id reference required target=author; genres list; filter author_id",
        ],
    ),
    (
        "Bug tracker API with projects and bugs. Each bug belongs to a project, has a title (3 to 120 characters), severity from 1 to 5, state open/fixed/closed with default open, and reported by email.",
        [
            "project: name text required; description text",
            "bug: title text required min_length=3 max_length=120; severity integer minimum=1 maximum=5; state enum default=open choices=open|fixed|closed; reported_by_email email; project_id reference required target=project",
        ],
    ),
    (
        "cinema: movies(title, runtime, age rating), screenings(movie, room, starts at, price), tickets(screening, seat number, buyer email); seat number unique per screening",
        [
            "movie: title text required; runtime integer; age_rating integer minimum=0",
            "screening: movie_id reference required target=movie; room text; starts_at datetime; price money minimum=0",
            "ticket: screening_id reference required target=screening; seat_number integer; buyer_email email; together seat_number+screening_id",
        ],
    ),
    (
        "I run a small bakery and want an API to manage cakes. A cake has a name, flavour, price in euros, number of layers (1-10), and whether it is gluten free.",
        [
            "cake: name text required; flavour text; price money minimum=0; number_of_layers integer minimum=1 maximum=10; gluten_free flag default=False",
            "? run a small bakery",
        ],
    ),
    (
        "Employees with name, email and manager (another employee), department",
        ["employee: name text required; email email; manager_id reference target=employee; department text"],
    ),
    (
        "Give me CRUD endpoints for coupons. Fields: code (unique, uppercase letters only), discount percentage between 1 and 100, valid from date, valid until date which must be after valid from, max uses integer.",
        [
            "coupon: code text required unique; discount_percentage number minimum=1 maximum=100; valid_from_date date; valid_until_date date; max_uses integer; rule valid_until_date > valid_from_date",
            "? uppercase letters only",
        ],
    ),
    (
        "an API for polls; a poll has a question (required) and a closing date in the future; options belong to polls and have text and votes (default 0)",
        [
            "poll: question text required; closing_date date minimum=today",
            "option: text text required; votes integer default=0; poll_id reference required target=poll",
        ],
    ),
    (
        "Multi-user todo list with JWT auth. Todos have title, optional description, priority (1-3) and completed. Import and export todos as CSV.",
        [
            "accounts",
            "todo: title text required; description text; priority integer minimum=1 maximum=3; completed flag default=False; csv_import; csv_export",
        ],
    ),
    (
        "REST API to manage invoices with an invoice number, client name, line items, tax rate as percentage, issued date, paid boolean (default false)",
        [
            "invoice: invoice_number text required; client_name text; line_items text; tax_rate number; issued_date date; paid flag default=False"
        ],
    ),
    (
        "Meal planner - recipes: name, servings, prep time; meals: date, meal type (breakfast|lunch|dinner), recipe. One meal per date and meal type.",
        [
            "recipe: name text required; servings integer minimum=0; prep_time integer",
            "meal: date date; meal_type enum default=breakfast choices=breakfast|lunch|dinner; recipe_id reference required target=recipe; together date+meal_type",
        ],
    ),
    (
        "blog posts have a title up to 120 characters, a body, an author and tags; comments have a body and belong to a blog post",
        [
            "blog_post: title text required max_length=120; body text; author text; tags list",
            "comment: body text required; blog_post_id reference required target=blog_post",
        ],
    ),
    (
        "API for a music library with artists, albums and tracks: an artist has a name and country; an album has a title, release date and belongs to an artist; a track has a title, length in seconds and belongs to an album",
        [
            "artist: name text required; country text",
            "album: title text required; release_date date; artist_id reference required target=artist",
            "track: title text required; length number; album_id reference required target=album",
        ],
    ),
    (
        "Keep a register of medical appointments: patient, doctor, date, time, reason, status either scheduled, completed or cancelled",
        [
            "medical_appointment: patient text required; doctor text; date date; time time; reason text; status enum default=scheduled choices=scheduled|completed|cancelled"
        ],
    ),
    (
        "donations: donor name (required), amount (> 0), currency (USD, EUR, GBP; default USD), donated at, anonymous flag, message",
        [
            "donation: donor_name text required; amount money minimum=0.01; currency enum default=USD choices=USD|EUR|GBP; donated_at datetime; anonymous flag default=False; message text"
        ],
    ),
    (
        "Provide an API that stores city weather: city (text, required), temperature (number), measured on (date), conditions (enum: sunny, cloudy, rain)",
        [
            "city_weather: city text required; temperature number; measured_on date; conditions enum default=sunny choices=sunny|cloudy|rain"
        ],
    ),
    (
        "I want to register vehicles (VIN 17 characters and unique, brand, mileage not negative, last service date, fuel type: petrol/diesel/electric). Search by brand.",
        [
            "vehicle: vin text required unique min_length=17 max_length=17; brand text; mileage integer minimum=0; last_service_date date; fuel_type enum default=petrol choices=petrol|diesel|electric; search brand"
        ],
    ),
    (
        "Courses and lessons. A course must have a unique title and may have a description. Each lesson has a title, a position (integer) and is part of a course. Position must be at least 1.",
        [
            "course: title text required unique; description text",
            "lesson: title text required; position integer minimum=1; course_id reference required target=course",
        ],
    ),
    (
        "Create an api to log water intake: amount in ml between 1 and 5000, time of day, date, and note. Users should authenticate and only access their own logs.",
        [
            "accounts",
            "water_intake (owned): amount number minimum=1 maximum=5000; time_of_day time; date date; note text",
        ],
    ),
    (
        "products: name*, price*, category_id, image url, in stock (yes/no)",
        [
            "product: name text required; price money required minimum=0; category_id reference required target=category; image_url url; in_stock flag default=False",
            "category: name text required",
        ],
    ),
    (
        "We need a volunteer management system. Volunteers have full name, e-mail address (must be unique), phone number, skills and availability (weekdays, weekends, both). Shifts have a date, start time, end time (after start time), location and maximum volunteers.",
        [
            "volunteer: full_name text required; email_address email unique; phone_number text; skills list; availability enum default=weekdays choices=weekdays|weekends|both",
            "shift: date date; start_time time; end_time time; location text; maximum_volunteers integer; rule end_time > start_time",
        ],
    ),
    (
        'Asset register: assets with an asset tag matching AST-\\d{5}, purchase date not in the future, purchase price of at least 0, condition one of "new", "used" or "broken", optional notes and a location. Sort by purchase date. Export to CSV.',
        [
            "asset: asset_tag text required pattern=AST-\\d{5}; purchase_date date maximum=today; purchase_price money minimum=0; condition enum default=new choices=new|used|broken; notes text; location text; sort purchase_date; csv_export"
        ],
    ),
    (
        "gift list app: gifts with recipient, occasion, budget, url, purchased. also recipients with name + birthday",
        [
            "gift: recipient_id reference required target=recipient; occasion text; budget money minimum=0; url url; purchased flag default=False",
            "recipient: name text required; birthday date",
        ],
    ),
    (
        "Build an API for quizzes: each quiz has many questions; a quiz has a title and difficulty from 1 to 3; a question has text, correct answer and points default 1.",
        [
            "quiz: title text required; difficulty integer minimum=1 maximum=3",
            "question: text text required; correct_answer text; points integer default=1; quiz_id reference required target=quiz",
        ],
    ),
    (
        "Each customer has a name and an email; every order belongs to a customer and has a total and a status (new, paid, shipped)",
        [
            "customer: name text required; email email",
            "order: total money minimum=0; status enum default=new choices=new|paid|shipped; customer_id reference required target=customer",
        ],
    ),
    ("Users have a username that must be unique and a bio", ["user: username text required unique; bio text"]),
    (
        "REST API for tasks with title, description, due date, priority (low, medium, high) and completed flag",
        [
            "task: title text required; description text; due_date date; priority enum default=low choices=low|medium|high; completed flag default=False"
        ],
    ),
    (
        "Todos with title (required, 3 to 100 characters), notes and priority between 1 and 5 (default 3)",
        [
            "todo: title text required min_length=3 max_length=100; notes text; priority integer default=3 minimum=1 maximum=5"
        ],
    ),
    (
        "cars: make, model, year >= 1886, price > 0, sold flag",
        [
            "car: make text required; model text; year integer minimum=1886; price money minimum=0.01; sold flag default=False"
        ],
    ),
    (
        "Manage employees and departments. Employees have a name, salary and belong to a department. Departments have a name and budget.",
        [
            "employee: name text required; salary money minimum=0; department_id reference required target=department",
            "department: name text required; budget money minimum=0",
        ],
    ),
    (
        "songs with title, artist, length in seconds, released on",
        ["song: title text required; artist text; length number; released_on date"],
    ),
    (
        "API for notes with JWT authentication, notes have title and body",
        ["accounts", "note: title text required; body text"],
    ),
    (
        "A product has a name (at most 50 characters), a price of at least 0.99 and a weight in kg",
        ["product: name text required max_length=50; price money minimum=0.99; weight number minimum=0"],
    ),
    (
        "Contacts with name, e-mail and phone. E-mail must be unique. Name is required.",
        ["contact: name text required; email email unique; phone text"],
    ),
    (
        "rooms (number, floor) and bookings (room, start date, end date). End date must not be before start date.",
        [
            "room: number text required; floor integer",
            "booking: room_id reference required target=room; start_date date; end_date date; rule end_date >= start_date",
        ],
    ),
    (
        "pets with name, kind which is one of cat, dog or fish, and born date in the past",
        ["pet: name text required; kind enum default=cat choices=cat|dog|fish; born_date date maximum=today"],
    ),
    (
        "issues with title, state that defaults to open, state is either open or closed",
        ["issue: title text required; state enum default=open choices=open|closed"],
    ),
    (
        "webinars with topic, starts at, seats max 500, registration link",
        [
            "webinar: topic text required; starts_at datetime; seats integer minimum=0 maximum=500; registration_link url"
        ],
    ),
    (
        "tickets with code of exactly 8 characters and price",
        ["ticket: code text required min_length=8 max_length=8; price money minimum=0"],
    ),
    (
        "stores with name, opening time, closing time (after opening time), website",
        [
            "store: name text required; opening_time time; closing_time time; website url; rule closing_time > opening_time"
        ],
    ),
    (
        "reviews for products with rating 1 to 5 and text up to 500 characters",
        [
            "review: rating integer minimum=1 maximum=5; text text max_length=500; product_id reference required target=product",
            "product: name text required",
        ],
    ),
    ("class with select and name", ["class: select text; name text required"]),
    (
        "A library app with authors and books. Authors have a name. Books have a title and a reference to an author. Search books by title, filter by author, sort by title. 10 per page, max 50.",
        [
            "pages 10 50",
            "author: name text required",
            "book: title text required; author_id reference required target=author; search title; filter author_id; sort title",
        ],
    ),
    (
        "Shipments with tracking number (unique), weight (kg), origin, destination and delivered at; export shipments to CSV",
        [
            "shipment: tracking_number text required unique; weight number minimum=0; origin text; destination text; delivered_at datetime; csv_export"
        ],
    ),
    (
        "podcasts with title and episodes with title and podcast",
        ["podcast: title text required", "episode: title text required; podcast_id reference required target=podcast"],
    ),
    (
        "Build a todo app for my team. Each todo belongs to a user and has a title and a done flag. Users sign up with email and password.",
        ["accounts", "todo (owned): title text required; done flag default=False", "team: name text required"],
    ),
    (
        "Album API: album title, artist (reference to artists), year, genre one of rock, pop, jazz",
        [
            "album: album_title text required; artist_id reference required target=artist; year integer; genre enum default=rock choices=rock|pop|jazz",
            "artist: name text required",
        ],
    ),
    (
        "Users can register. Projects have a name. Tasks have a title and belong to a project. Only the owner can see their tasks.",
        [
            "accounts",
            "project: name text required",
            "task (owned): title text required; project_id reference required target=project",
        ],
    ),
    (
        "products and categories. each product has a category, a name (required) and a price",
        [
            "product: name text required; price money minimum=0; category_id reference required target=category",
            "category: name text required",
        ],
    ),
    (
        "API for recipes with title, ingredients, calories and a difficulty of easy, medium or hard",
        [
            "recipe: title text required; ingredients list; calories integer minimum=0; difficulty enum default=easy choices=easy|medium|hard"
        ],
    ),
    (
        "orders with total, orders are sorted by total and filterable by status; status is one of open, closed",
        ["order: total money minimum=0; status enum default=open choices=open|closed; filter status; sort total"],
    ),
    (
        "persons: first name, last name, birth date, gender (m, f, x), email unique",
        [
            "person: first_name text required; last_name text; birth_date date; gender enum default=m choices=m|f|x; email email unique"
        ],
    ),
    (
        "A REST service to manage meetings with subject, start (datetime), end (datetime, after start), attendees (list of text) and room",
        ["meeting: subject text required; start datetime; end datetime; attendees list; room text; rule end > start"],
    ),
    (
        "task with status enum(todo, doing, done) default todo and effort integer 1..13",
        ["task: status enum default=todo choices=todo|doing|done; effort integer minimum=1 maximum=13"],
    ),
    (
        "music with artists, albums and tracks: an album has a title; a track has a title, length in seconds and belongs to an album",
        [
            "artist: name text required; country text",
            "album: title text required",
            "track: title text required; length number; album_id reference required target=album",
        ],
    ),
    (
        "notes with title and body, each user has their own notes",
        ["accounts", "note (owned): title text required; body text"],
    ),
    (
        "posts with title; users can like posts; comments with text on posts",
        ["post: title text required", "comment: text text required", "? posts"],
    ),
    (
        "API for tasks with title and status one of open, done, and authors (name) with author and author_id",
        [
            "task: title text required; status enum default=open choices=open|done",
            "author: name text required",
            "? author_id",
        ],
    ),
    (
        "Build a REST API for books with title, author and author_id; authors have a name",
        ["book: title text required; author_id reference required target=author", "author: name text required"],
    ),
    ("users; DROP TABLE users;-- with name and email", ["user: name text required; email email", "? DROP TABLE users"]),
    (
        "Build a helpdesk: customers have a name and unique email, tickets have a subject, a body, a priority (low, normal, high; default normal), belong to a customer and have a closed flag. Filter tickets by priority and closed; search in subject and body.",
        [
            "customer: name text required; email email unique",
            "ticket: subject text required; body text; priority enum default=normal choices=low|normal|high; closed flag default=False; customer_id reference required target=customer; search subject+body; filter priority+closed",
        ],
    ),
    (
        "I want to keep an inventory of wine bottles. Wines have a name, vintage (year between 1900 and 2100), grape, country, price and rating out of 5. Let me sort by vintage and price and filter by country.",
        [
            "wine_bottle: name text required; description text",
            "wine: name text required; vintage integer minimum=1900 maximum=2100; grape text; country text; price money minimum=0; rating integer minimum=1 maximum=5; filter country; sort vintage+price",
            "? inventory",
            "? year",
        ],
    ),
    (
        "A REST API for time tracking: projects (name required, unique; hourly rate), time entries (project, date, hours between 0.25 and 24, note optional, billable true by default).",
        [
            "project: name text required unique; hourly_rate money",
            "time_entry: project_id reference required target=project; date date; hours number minimum=0.25 maximum=24; note text; billable flag default=True",
        ],
    ),
    (
        "simple crud for dogs: name, breed, age, vaccinated",
        ["dog: name text required; breed text; age integer minimum=0; vaccinated flag default=False"],
    ),
    (
        "Build an API to manage a school: students (name, email unique, birth date) and courses (title, credits 1-10). Students have many courses and courses have many students.",
        [
            "student: name text required; email email unique; birth_date date",
            "course: title text required; credits integer minimum=1 maximum=10",
            "student_course: student_id reference required target=student; course_id reference required target=course; together student_id+course_id",
        ],
    ),
    (
        "API for tasks with title and status one of open, done, and authors (name)",
        ["task: title text required; status enum default=open choices=open|done", "author: name text required"],
    ),
    (
        "Tasks with title, status one of open, done",
        ["task: title text required; status enum default=open choices=open|done"],
    ),
    (
        "Tasks with title, status one of open, done and due date",
        ["task: title text required; status enum default=open choices=open|done; due_date date"],
    ),
    (
        "Tasks with title, status one of open, in progress, done, priority and due date",
        [
            "task: title text required; status enum default=open choices=open|in progress|done; priority text; due_date date"
        ],
    ),
    (
        "Tasks with status one of open, done, or closed, and title",
        ["task: status enum default=open choices=open|done|closed; title text required"],
    ),
]


@pytest.mark.parametrize(("request_text", "expected"), CASES, ids=[text[:40] for text, _ in CASES])
def test_a_sentence_is_read_as_meant(request_text: str, expected: list[str]) -> None:
    assert shown(read_request(request_text).spec) == expected
