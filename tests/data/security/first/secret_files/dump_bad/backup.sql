INSERT INTO users (id, name, password) VALUES (1, 'ann', '{{FAKE:bcrypt}}');
