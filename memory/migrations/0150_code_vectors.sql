-- Pieces of files as vectors of a model; none without an embedding endpoint.
CREATE TABLE code_vectors (
    blob text NOT NULL,
    model text NOT NULL,
    piece integer NOT NULL,
    vector halfvec NOT NULL,
    PRIMARY KEY (model, blob, piece)
);
