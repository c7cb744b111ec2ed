CREATE TABLE users (id int, name text, password text);
INSERT INTO roles (id, name) VALUES (1, 'admin');
