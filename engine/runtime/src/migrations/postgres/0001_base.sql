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
    le     BIGINT NOT NULL,
    -- which version of what lists read the base has: see store/listing/
    vues   BIGINT NOT NULL DEFAULT 1
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
    -- what lists read, as of the last step: see store/views/. Digests of these columns, of its rows of a_faire and of mots
    vue         BIGINT NOT NULL DEFAULT 0,
    vue_travail BIGINT NOT NULL DEFAULT 0,
    vue_mots    BIGINT NOT NULL DEFAULT 0,
    nom         TEXT COLLATE "C",
    nom_plie    TEXT COLLATE "C",
    segment     TEXT COLLATE "C",
    responsable TEXT COLLATE "C",
    pays        TEXT COLLATE "C",
    -- of what is left to pay: the first currency, and JSON of the others
    devise      TEXT COLLATE "C",
    encours     BIGINT,
    encours_autres TEXT,
    ouvertes    BIGINT,
    -- the earliest one of its open invoices
    echeance    TEXT COLLATE "C",
    arrete      BOOLEAN,
    insolvable  BOOLEAN,
    PRIMARY KEY (entite, client)
) WITH (fillfactor = 80);
CREATE INDEX dossiers_a_voir ON dossiers (entite, a_voir, client) WHERE a_voir IS NOT NULL;
CREATE INDEX dossiers_attendent ON dossiers (entite) WHERE attend_paiements;
CREATE INDEX dossiers_encours ON dossiers (entite, encours, client) WHERE nom IS NOT NULL;
CREATE INDEX dossiers_nom ON dossiers (entite, nom_plie, client) WHERE nom IS NOT NULL;
CREATE INDEX dossiers_segment ON dossiers (entite, segment, encours, client) WHERE nom IS NOT NULL;
CREATE INDEX dossiers_responsable ON dossiers (entite, responsable, encours, client) WHERE responsable <> '';

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
    -- what lists read, as of the last step: see store/views/. Digest of these columns; 0 has them made anew
    vue      BIGINT NOT NULL DEFAULT 0,
    -- whether something is left to pay
    ouverte  BOOLEAN NOT NULL DEFAULT false,
    emission    TEXT COLLATE "C",
    echeance    TEXT COLLATE "C",
    montant     BIGINT,
    reste       BIGINT,
    devise      TEXT COLLATE "C",
    segment     TEXT COLLATE "C",
    responsable TEXT COLLATE "C",
    scenario    TEXT COLLATE "C",
    situation   TEXT COLLATE "C",
    promis_le   TEXT COLLATE "C",
    rompue_le   TEXT COLLATE "C",
    soldee_le   TEXT COLLATE "C",
    -- the number as it is looked for, and the same from its end
    cle         TEXT COLLATE "C",
    envers      TEXT COLLATE "C",
    PRIMARY KEY (entite, client, facture)
) WITH (fillfactor = 80);
CREATE INDEX instances_facture ON instances (entite, facture);
CREATE INDEX instances_lettres ON instances (entite, client) WHERE lettre;
-- One for each order of a list under each filter; what they are over changes seldom.
CREATE INDEX instances_reste ON instances (entite, reste, client, facture) WHERE ouverte;
CREATE INDEX instances_echeance ON instances (entite, echeance, client, facture) WHERE ouverte;
CREATE INDEX instances_situation_reste ON instances (entite, situation, reste, client, facture) WHERE ouverte AND situation <> 'ouverte';
CREATE INDEX instances_situation_echeance ON instances (entite, situation, echeance, client, facture) WHERE ouverte AND situation <> 'ouverte';
CREATE INDEX instances_segment_reste ON instances (entite, segment, reste, client, facture) WHERE ouverte;
CREATE INDEX instances_segment_echeance ON instances (entite, segment, echeance, client, facture) WHERE ouverte;
CREATE INDEX instances_responsable_reste ON instances (entite, responsable, reste, client, facture) WHERE ouverte AND responsable <> '';
CREATE INDEX instances_responsable_echeance ON instances (entite, responsable, echeance, client, facture) WHERE ouverte AND responsable <> '';
CREATE INDEX instances_scenario ON instances (entite, scenario, echeance, client, facture) WHERE ouverte AND scenario IS NOT NULL;
CREATE INDEX instances_promesses ON instances (entite, promis_le, client, facture) WHERE situation = 'promesse';
CREATE INDEX instances_rompues ON instances (entite, rompue_le, client, facture) WHERE rompue_le IS NOT NULL;
CREATE INDEX instances_soldees ON instances (entite, soldee_le, client, facture) WHERE soldee_le IS NOT NULL;
CREATE INDEX instances_cle ON instances (entite, cle, client, facture) WHERE cle IS NOT NULL;
CREATE INDEX instances_envers ON instances (entite, envers, client, facture) WHERE envers IS NOT NULL;

-- What waits for a person, of each file as of its last step; rang puts what weighs most first.
CREATE TABLE a_faire (
    entite   TEXT COLLATE "C" NOT NULL,
    client   TEXT COLLATE "C" NOT NULL,
    cle      TEXT COLLATE "C" NOT NULL,
    genre    TEXT COLLATE "C" NOT NULL,
    -- the key of a task that no rule asks for
    propre   TEXT,
    -- JSON
    factures TEXT NOT NULL,
    depuis   TEXT,
    jusqu_au TEXT,
    role     TEXT,
    quoi     TEXT NOT NULL,
    montant  BIGINT NOT NULL,
    devise   TEXT,
    -- true when nobody is to do it now: held, promised or disputed
    repose   BOOLEAN NOT NULL,
    rang     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (entite, client, cle)
);
CREATE INDEX a_faire_rang ON a_faire (entite, genre, rang, client, cle) WHERE NOT repose;

-- The words under which clients are looked for, by what they begin with.
CREATE TABLE mots (
    entite TEXT COLLATE "C" NOT NULL,
    mot    TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (entite, mot, client)
);
CREATE INDEX mots_client ON mots (entite, client, mot);

-- Payments by the journal, those that were reversed below 0.
CREATE TABLE encaissements (
    entite   TEXT COLLATE "C" NOT NULL,
    client   TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    jour     TEXT COLLATE "C" NOT NULL,
    facture  TEXT COLLATE "C" NOT NULL,
    montant  BIGINT NOT NULL,
    devise   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (entite, client, position)
);
CREATE INDEX encaissements_jour ON encaissements (entite, jour, client, position);

-- Sums by due day (or month) of open invoices, of invoices issued (emise) and of payments (encaisse), for each value on each axis; a sum
-- is that of all its parts: see store/views/.
CREATE TABLE cumuls (
    entite TEXT COLLATE "C" NOT NULL,
    axe    TEXT COLLATE "C" NOT NULL,
    valeur TEXT COLLATE "C" NOT NULL,
    devise TEXT COLLATE "C" NOT NULL,
    jour   TEXT COLLATE "C" NOT NULL,
    part   BIGINT NOT NULL,
    nombre BIGINT NOT NULL,
    reste  BIGINT NOT NULL,
    PRIMARY KEY (entite, axe, valeur, devise, jour, part)
) WITH (fillfactor = 70);

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
CREATE INDEX journal_jours ON journal (entite, le);
-- What left, each message and letter once: calls are not, nor invoices that left within another one's message.
CREATE INDEX journal_partis ON journal (entite, le, client, position) WHERE strpos(entree, '"event":{"quoi":"sent",') > 0
    AND strpos(entree, '"channel":"appel"') = 0 AND strpos(entree, '"within":"') = 0;

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
CREATE INDEX envois_decides ON envois (entite, decide_le, canal);

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

-- Who may enter, and what each may do. A person has one account for the whole base, and a role for each creditor: what follows belongs to
-- the base unless its key begins with a creditor. Of what opens a door, only an Argon2id or a SHA-256 is kept; see server/src/auth/.
CREATE TABLE comptes (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- an e-mail address, folded
    identifiant  TEXT COLLATE "C" NOT NULL UNIQUE,
    nom          TEXT NOT NULL,
    -- Argon2id, as a PHC string; none until the person has chosen a password
    mot_de_passe TEXT,
    -- the secret of the second factor, readable: see docs/architecture.md; the one that is shown until a first code confirms it; the step
    -- of the last code that was taken, so that each opens once
    totp         BYTEA,
    totp_propose BYTEA,
    totp_pas     BIGINT,
    -- whom an OpenID Connect provider calls by what name
    emetteur     TEXT COLLATE "C",
    sujet        TEXT COLLATE "C",
    cree_le      BIGINT NOT NULL,
    desactive_le BIGINT
);
CREATE UNIQUE INDEX comptes_sujet ON comptes (emetteur, sujet) WHERE sujet IS NOT NULL;

CREATE TABLE droits (
    entite TEXT COLLATE "C" NOT NULL,
    compte TEXT COLLATE "C" NOT NULL,
    role   TEXT NOT NULL CHECK (role IN ('lecture', 'gestionnaire', 'valideur', 'administrateur')),
    PRIMARY KEY (entite, compte)
);
CREATE INDEX droits_compte ON droits (compte);

-- Codes that replace the second factor, once each: a row goes when it is used.
CREATE TABLE codes_secours (
    compte    TEXT COLLATE "C" NOT NULL,
    empreinte BYTEA NOT NULL,
    PRIMARY KEY (compte, empreinte)
);

-- Links that open once: premier (no account yet), invitation, mot_de_passe. A row goes when it is used.
CREATE TABLE liens_uniques (
    empreinte BYTEA NOT NULL PRIMARY KEY,
    genre     TEXT NOT NULL,
    compte    TEXT COLLATE "C",
    expire    BIGINT NOT NULL
);

CREATE TABLE sessions (
    empreinte BYTEA NOT NULL PRIMARY KEY,
    -- what pages call it
    id        TEXT COLLATE "C" NOT NULL,
    compte    TEXT COLLATE "C" NOT NULL,
    creee_le  BIGINT NOT NULL,
    -- written at most once a minute
    vue_le    BIGINT NOT NULL,
    expire    BIGINT NOT NULL,
    agent     TEXT NOT NULL,
    -- mot_de_passe while the second factor is awaited; ouverte, ouverte_deux when it was given
    etape     TEXT NOT NULL
);
CREATE INDEX sessions_compte ON sessions (compte);

-- Tries that are counted against guessing: by account, by address, by both together. Keys are digests; see store/accounts/attempts.rs.
CREATE TABLE tentatives (
    cle      BYTEA NOT NULL PRIMARY KEY,
    nombre   BIGINT NOT NULL,
    -- nobody tries before
    libre_le BIGINT NOT NULL,
    derniere BIGINT NOT NULL,
    -- when the person was last let in from there
    admis_le BIGINT
);
CREATE INDEX tentatives_derniere ON tentatives (derniere);

CREATE TABLE cles_api (
    entite      TEXT COLLATE "C" NOT NULL,
    -- shown, and the beginning of the key
    id          TEXT COLLATE "C" NOT NULL,
    nom         TEXT NOT NULL,
    empreinte   BYTEA NOT NULL,
    -- JSON
    portees     TEXT NOT NULL,
    cree_par    TEXT NOT NULL,
    cree_le     BIGINT NOT NULL,
    vue_le      BIGINT,
    expire      BIGINT,
    revoquee_le BIGINT,
    PRIMARY KEY (entite, id)
);
CREATE INDEX cles_api_empreinte ON cles_api (empreinte);

-- Who did what; nothing of it changes. Rows in the order of their writing.
CREATE TABLE audit (
    numero  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    le      BIGINT NOT NULL,
    -- the account; none when it is not known who it was
    compte  TEXT COLLATE "C",
    -- how that account, or the key that acted for it, was called then
    qui     TEXT,
    adresse TEXT,
    quoi    TEXT COLLATE "C" NOT NULL,
    -- codes and numbers, never words about a client
    objet   TEXT,
    entite  TEXT COLLATE "C",
    issue   TEXT NOT NULL
);
CREATE INDEX audit_compte ON audit (compte, numero);
CREATE INDEX audit_entite ON audit (entite, numero);
CREATE INDEX audit_quoi ON audit (quoi, numero);
CREATE FUNCTION audit_intangible() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'le registre des accès ne se modifie pas et ne s''efface pas';
END $$;
CREATE TRIGGER audit_sans_modification BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION audit_intangible();

-- Writes that the API has done or is doing, so that one that is asked twice is done once.
CREATE TABLE idempotences (
    entite    TEXT COLLATE "C" NOT NULL,
    -- the account or the key that asks
    porteur   TEXT COLLATE "C" NOT NULL,
    cle       TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of the request
    condensat BYTEA NOT NULL,
    -- of the answer; none while it is being done
    statut    BIGINT,
    corps     BYTEA,
    expire    BIGINT NOT NULL,
    PRIMARY KEY (entite, porteur, cle)
);
CREATE INDEX idempotences_expire ON idempotences (expire);

-- Links by which a debtor's contact sees the file of the client.
CREATE TABLE acces_portail (
    entite     TEXT COLLATE "C" NOT NULL,
    client     TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    contact    TEXT NOT NULL,
    empreinte  BYTEA NOT NULL,
    cree_par   TEXT,
    cree_le    BIGINT NOT NULL,
    expire     BIGINT NOT NULL,
    revoque_le BIGINT,
    vu_le      BIGINT,
    PRIMARY KEY (entite, client, id)
);
CREATE INDEX acces_portail_empreinte ON acces_portail (empreinte);

-- What one person has asked for and another must grant.
CREATE TABLE demandes (
    entite       TEXT COLLATE "C" NOT NULL,
    client       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    -- JSON
    acte         TEXT NOT NULL,
    facture      TEXT,
    -- the account that answers for it
    demandee_par TEXT NOT NULL,
    demandee_le  BIGINT NOT NULL,
    motif        TEXT NOT NULL,
    decidee_par  TEXT,
    decidee_le   BIGINT,
    -- accordee, refusee; retiree by the account that asked
    decision     TEXT,
    note         TEXT,
    PRIMARY KEY (entite, client, id)
);
CREATE INDEX demandes_ouvertes ON demandes (entite, demandee_le, client, id) WHERE decidee_le IS NULL;

-- The base's clock, in microseconds: leases go by it.
CREATE FUNCTION relance_horloge() RETURNS BIGINT LANGUAGE sql VOLATILE AS
$$ SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint $$;
