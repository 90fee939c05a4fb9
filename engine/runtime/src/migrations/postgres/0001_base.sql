-- One creditor (entité) first in every key, then the client: several share a base without seeing each other, and a base that is
-- spread over machines is spread by them. Instants are microseconds since 1970 in UTC, texts compare byte by byte, as in SQLite.
-- The journal is the truth; dossiers and instances are its fold.

CREATE TABLE scenarios (
    entite    TEXT COLLATE "C" NOT NULL,
    empreinte TEXT COLLATE "C" NOT NULL,
    nom       TEXT COLLATE "C" NOT NULL,
    machine   TEXT NOT NULL,
    vu_le     BIGINT NOT NULL,
    PRIMARY KEY (entite, empreinte)
);

-- The set of scenarios in force; the last row counts.
CREATE TABLE publications (
    entite     TEXT COLLATE "C" NOT NULL,
    numero     BIGINT GENERATED ALWAYS AS IDENTITY,
    le         BIGINT NOT NULL,
    programme  TEXT NOT NULL,
    empreintes TEXT[] NOT NULL,
    -- whether the invoices that it moves fire the highest rung already due (`executer --rattraper`)
    rattrapage BOOLEAN NOT NULL DEFAULT false,
    -- whether somebody asked for it (`publier`): then a run does not replace it by what its folder says
    planifiee  BOOLEAN NOT NULL DEFAULT false,
    PRIMARY KEY (entite, numero)
);

-- The latest moment to which any dossier has been moved.
CREATE TABLE horloges (
    entite TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    le     BIGINT NOT NULL
);

CREATE TABLE dossiers (
    entite TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    -- without its invoices; NULL until its first step
    etat   TEXT,
    -- when time alone changes something next, and why
    reveil BIGINT,
    raison TEXT,
    -- when it is to be looked at: its wake-up, or earlier if something becomes known
    a_voir BIGINT,
    -- true while a message waits for payments to be imported or a rate to be added: that wakes the file
    attend_paiements BOOLEAN NOT NULL DEFAULT false,
    -- the chain of its journal: the salt of the digests, the head, how many entries; no salt before the first and after an erasure
    sel      BYTEA,
    tete     BYTEA,
    longueur BIGINT NOT NULL DEFAULT 0,
    -- when its personal data were erased
    efface_le BIGINT,
    PRIMARY KEY (entite, client)
) WITH (fillfactor = 80);
CREATE INDEX dossiers_a_voir ON dossiers (entite, a_voir, client) WHERE a_voir IS NOT NULL;
CREATE INDEX dossiers_attendent ON dossiers (entite) WHERE attend_paiements;

-- Clients whose file a runner works on: until when it may, by the base's clock. Whoever has a message that is ready or claimed stands
-- here; a row that has run out is work that a runner left undone.
CREATE TABLE prises (
    entite  TEXT COLLATE "C" NOT NULL,
    client  TEXT COLLATE "C" NOT NULL,
    preneur TEXT NOT NULL,
    bail    BIGINT NOT NULL,
    PRIMARY KEY (entite, client)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- When the next message may leave by a channel that has a rate, by the base's clock: every runner takes its turns here.
CREATE TABLE debits (
    entite TEXT COLLATE "C" NOT NULL,
    canal  TEXT COLLATE "C" NOT NULL,
    libre  BIGINT NOT NULL,
    PRIMARY KEY (entite, canal)
);

-- The moment of the last import that brought the payments up to date.
CREATE TABLE paiements (
    entite TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    le     BIGINT NOT NULL
);

CREATE TABLE instances (
    entite  TEXT COLLATE "C" NOT NULL,
    client  TEXT COLLATE "C" NOT NULL,
    facture TEXT COLLATE "C" NOT NULL,
    active  BOOLEAN NOT NULL,
    etat    TEXT NOT NULL,
    -- true when a registered letter or one with a number was sent for it, or something that reads like one; a column rather than the
    -- condition of the index, which would have every change of etat written to all indexes
    lettre  BOOLEAN NOT NULL GENERATED ALWAYS AS (strpos(etat, '"lettre_recommandée"') > 0 OR strpos(etat, '"number":"') > 0) STORED,
    PRIMARY KEY (entite, client, facture)
) WITH (fillfactor = 80);
CREATE INDEX instances_facture ON instances (entite, facture);
CREATE INDEX instances_lettres ON instances (entite, client) WHERE lettre;

CREATE TABLE journal (
    entite   TEXT COLLATE "C" NOT NULL,
    client   TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    le       BIGINT NOT NULL,
    facture  TEXT COLLATE "C",
    -- NULL once erased
    entree   TEXT,
    -- what an erased entry was about
    efface   TEXT,
    -- SHA-256 of salt, position and text; SHA-256 of the last link, position, moment and digest: see store/chain.rs
    condensat BYTEA NOT NULL,
    chaine    BYTEA NOT NULL,
    PRIMARY KEY (entite, client, position)
);

-- Nothing changes an entry but the erasure of a file whose salt is destroyed: the text goes, and the invoice's number; what the entry was
-- about stays, with its place in the chain.
CREATE FUNCTION journal_intangible() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.entree IS NOT NULL AND NEW.entree IS NULL AND NEW.facture IS NULL
        AND NEW.efface IS NOT DISTINCT FROM OLD.entree::json->'event'->>'quoi'
        AND (NEW.entite, NEW.client, NEW.position, NEW.le, NEW.condensat, NEW.chaine)
          = (OLD.entite, OLD.client, OLD.position, OLD.le, OLD.condensat, OLD.chaine)
        AND EXISTS (SELECT 1 FROM dossiers d WHERE d.entite = OLD.entite AND d.client = OLD.client
                    AND d.efface_le IS NOT NULL AND d.sel IS NULL)
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'le journal ne se modifie pas et ne s''efface pas';
END $$;
CREATE TRIGGER journal_sans_modification BEFORE UPDATE OR DELETE ON journal
FOR EACH ROW EXECUTE FUNCTION journal_intangible();

-- What happened outside, as imported. Taken in by a run once it is known; kept to recognise it when it comes again.
CREATE TABLE entrees (
    entite   TEXT COLLATE "C" NOT NULL,
    client   TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    numero   BIGINT GENERATED ALWAYS AS IDENTITY,
    connue   BIGINT NOT NULL,
    importee BIGINT NOT NULL,
    prise    BOOLEAN NOT NULL DEFAULT false,
    donnees  TEXT NOT NULL,
    PRIMARY KEY (entite, client, id)
);
CREATE INDEX entrees_client ON entrees (entite, client, connue) WHERE NOT prise;

-- Messages from decision to outcome: prete, reclamee, partie, echouee, differee, retiree, doute.
CREATE TABLE envois (
    entite      TEXT COLLATE "C" NOT NULL,
    client      TEXT COLLATE "C" NOT NULL,
    cle         TEXT COLLATE "C" NOT NULL,
    facture     TEXT COLLATE "C" NOT NULL,
    canal       TEXT NOT NULL,
    statut      TEXT NOT NULL,
    -- true while it is not known for good what became of it
    ouverte     BOOLEAN NOT NULL,
    decide_le   BIGINT NOT NULL,
    message     TEXT NOT NULL,
    fini_le     BIGINT,
    fournisseur TEXT,
    -- to whom it was handed over, as on that day
    destinataires TEXT,
    detail      TEXT,
    PRIMARY KEY (entite, client, cle)
) WITH (fillfactor = 80);
CREATE INDEX envois_ouvertes ON envois (entite, client, cle) WHERE ouverte;
CREATE INDEX envois_recommandees ON envois (entite, fournisseur) WHERE canal = 'lettre_recommandée';

-- What is kept as it left or came back: messages, letters, proofs.
CREATE TABLE documents (
    entite     TEXT COLLATE "C" NOT NULL,
    client     TEXT COLLATE "C" NOT NULL,
    -- that of the effect in envois, or facture: and a number
    cle        TEXT COLLATE "C" NOT NULL,
    genre      TEXT COLLATE "C" NOT NULL,
    nom        TEXT COLLATE "C" NOT NULL,
    type_media TEXT NOT NULL,
    le         BIGINT NOT NULL,
    -- length and SHA-256 of the document; its content may be compressed (deflate)
    taille     BIGINT NOT NULL,
    empreinte  BYTEA NOT NULL,
    comprime   BOOLEAN NOT NULL,
    contenu    BYTEA NOT NULL,
    PRIMARY KEY (entite, client, cle, genre, nom)
);

-- Nothing changes a document; it goes with the erasure of its file.
CREATE FUNCTION documents_intangibles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM dossiers d WHERE d.entite = OLD.entite AND d.client = OLD.client
                                    AND d.efface_le IS NOT NULL AND d.sel IS NULL)
    THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'un document gardé ne se modifie pas et ne s''efface pas';
END $$;
CREATE TRIGGER documents_sans_modification BEFORE UPDATE OR DELETE ON documents
FOR EACH ROW EXECUTE FUNCTION documents_intangibles();

-- What the company's own systems and people are told of journal lines, until they have it; given up when no longer open.
CREATE TABLE notifications (
    entite       TEXT COLLATE "C" NOT NULL,
    client       TEXT COLLATE "C" NOT NULL,
    -- that of the line in the client's journal
    position     BIGINT NOT NULL,
    destinataire TEXT COLLATE "C" NOT NULL,
    corps        TEXT NOT NULL,
    decide_le    BIGINT NOT NULL,
    ouverte      BOOLEAN NOT NULL DEFAULT true,
    essais       BIGINT NOT NULL DEFAULT 0,
    -- not before
    prochain     BIGINT NOT NULL,
    -- until when a program has it in hand, by the base's clock
    bail         BIGINT NOT NULL DEFAULT 0,
    detail       TEXT,
    PRIMARY KEY (entite, client, position, destinataire)
);
CREATE INDEX notifications_dues ON notifications (entite, destinataire, essais, decide_le, client, position) WHERE ouverte;

CREATE TABLE imports (
    entite  TEXT COLLATE "C" NOT NULL,
    numero  BIGINT GENERATED ALWAYS AS IDENTITY,
    le      BIGINT NOT NULL,
    rapport TEXT NOT NULL,
    PRIMARY KEY (entite, numero)
);

-- Scenario files as somebody is writing them in the pages; without a text the file is to go.
CREATE TABLE brouillons (
    entite  TEXT COLLATE "C" NOT NULL,
    fichier TEXT COLLATE "C" NOT NULL,
    texte   TEXT,
    par     TEXT NOT NULL,
    le      BIGINT NOT NULL,
    PRIMARY KEY (entite, fichier)
);

-- Files put down to be imported, until somebody has read what they would change; not copied to another base.
CREATE TABLE depots (
    entite  TEXT COLLATE "C" NOT NULL,
    jeton   TEXT COLLATE "C" NOT NULL,
    rang    BIGINT NOT NULL,
    nom     TEXT NOT NULL,
    contenu BYTEA NOT NULL,
    le      BIGINT NOT NULL,
    PRIMARY KEY (entite, jeton, rang)
);

-- Why this base is not to run by itself, since when what happened is not known here, and the base that went on: see store/mark.rs.
CREATE TABLE marques (
    entite TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    motif  TEXT NOT NULL,
    depuis BIGINT NOT NULL,
    vers   TEXT
);

-- The base's clock, in microseconds: leases go by it.
CREATE FUNCTION relance_horloge() RETURNS BIGINT LANGUAGE sql VOLATILE AS
$$ SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint $$;
