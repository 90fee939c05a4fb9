-- One creditor (entité) first in every key: several share a base without seeing each other.
-- Instants are microseconds since 1970 in UTC. The journal is the truth; dossiers and instances are its fold.

CREATE TABLE scenarios (
    entite    TEXT NOT NULL,
    empreinte TEXT NOT NULL,
    nom       TEXT NOT NULL,
    machine   TEXT NOT NULL,
    vu_le     INTEGER NOT NULL,
    PRIMARY KEY (entite, empreinte)
) STRICT, WITHOUT ROWID;

-- The set of scenarios in force; the last row counts.
CREATE TABLE publications (
    numero     INTEGER PRIMARY KEY,
    entite     TEXT NOT NULL,
    le         INTEGER NOT NULL,
    programme  TEXT NOT NULL,
    empreintes TEXT NOT NULL,
    -- 1 when the invoices that it moves fire the highest rung already due (`executer --rattraper`)
    rattrapage INTEGER NOT NULL DEFAULT 0,
    -- 1 when somebody asked for it (`publier`): then a run does not replace it by what its folder says
    planifiee  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX publications_entite ON publications (entite, numero);

-- The latest moment to which any dossier has been moved.
CREATE TABLE horloges (
    entite TEXT NOT NULL PRIMARY KEY,
    le     INTEGER NOT NULL,
    -- which version of what lists read the base has: see store/listing/
    vues   INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

CREATE TABLE dossiers (
    entite TEXT NOT NULL,
    client TEXT NOT NULL,
    -- without its invoices; NULL until its first step
    etat   TEXT,
    -- when time alone changes something next, and why
    reveil INTEGER,
    raison TEXT,
    -- when it is to be looked at: its wake-up, or earlier if something becomes known
    a_voir INTEGER,
    -- 1 while a message waits for payments to be imported or a rate to be added: that wakes the file
    attend_paiements INTEGER NOT NULL DEFAULT 0,
    -- the chain of its journal: the salt of the digests, the head, how many entries; no salt before the first and after an erasure
    sel      BLOB,
    tete     BLOB,
    longueur INTEGER NOT NULL DEFAULT 0,
    -- when its personal data were erased
    efface_le INTEGER,
    -- what lists read, as of the last step: see store/views/. Digests of these columns, of its rows of a_faire and of mots
    vue         INTEGER NOT NULL DEFAULT 0,
    vue_travail INTEGER NOT NULL DEFAULT 0,
    vue_mots    INTEGER NOT NULL DEFAULT 0,
    nom         TEXT,
    nom_plie    TEXT,
    segment     TEXT,
    responsable TEXT,
    pays        TEXT,
    -- of what is left to pay: the first currency, and JSON of the others
    devise      TEXT,
    encours     INTEGER,
    encours_autres TEXT,
    ouvertes    INTEGER,
    -- the earliest one of its open invoices
    echeance    TEXT,
    arrete      INTEGER,
    insolvable  INTEGER,
    PRIMARY KEY (entite, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX dossiers_a_voir ON dossiers (entite, a_voir, client) WHERE a_voir IS NOT NULL;
CREATE INDEX dossiers_attendent ON dossiers (entite) WHERE attend_paiements = 1;
CREATE INDEX dossiers_encours ON dossiers (entite, encours, client) WHERE nom IS NOT NULL;
CREATE INDEX dossiers_nom ON dossiers (entite, nom_plie, client) WHERE nom IS NOT NULL;
CREATE INDEX dossiers_segment ON dossiers (entite, segment, encours, client) WHERE nom IS NOT NULL;
CREATE INDEX dossiers_responsable ON dossiers (entite, responsable, encours, client) WHERE responsable <> '';

-- Clients whose file a runner works on: until when it may, by the machine's clock. Whoever has a message that is ready or claimed
-- stands here; a row that has run out is work that a runner left undone.
CREATE TABLE prises (
    entite  TEXT NOT NULL,
    client  TEXT NOT NULL,
    preneur TEXT NOT NULL,
    bail    INTEGER NOT NULL,
    PRIMARY KEY (entite, client)
) STRICT, WITHOUT ROWID;

-- When the next message may leave by a channel that has a rate, by the base's clock: every runner takes its turns here.
CREATE TABLE debits (
    entite TEXT NOT NULL,
    canal  TEXT NOT NULL,
    libre  INTEGER NOT NULL,
    PRIMARY KEY (entite, canal)
) STRICT, WITHOUT ROWID;

-- The moment of the last import that brought the payments up to date.
CREATE TABLE paiements (
    entite TEXT NOT NULL PRIMARY KEY,
    le     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE instances (
    entite  TEXT NOT NULL,
    client  TEXT NOT NULL,
    facture TEXT NOT NULL,
    active  INTEGER NOT NULL,
    etat    TEXT NOT NULL,
    -- 1 when a registered letter or one with a number was sent for it, or something that reads like one
    lettre  INTEGER NOT NULL GENERATED ALWAYS AS (instr(etat, '"lettre_recommandée"') > 0 OR instr(etat, '"number":"') > 0) VIRTUAL,
    -- what lists read, as of the last step: see store/views/. Digest of these columns; 0 has them made anew
    vue      INTEGER NOT NULL DEFAULT 0,
    -- whether something is left to pay
    ouverte  INTEGER NOT NULL DEFAULT 0,
    emission    TEXT,
    echeance    TEXT,
    montant     INTEGER,
    reste       INTEGER,
    devise      TEXT,
    segment     TEXT,
    responsable TEXT,
    scenario    TEXT,
    situation   TEXT,
    promis_le   TEXT,
    rompue_le   TEXT,
    soldee_le   TEXT,
    -- the number as it is looked for, and the same from its end
    cle         TEXT,
    envers      TEXT,
    PRIMARY KEY (entite, client, facture)
) STRICT, WITHOUT ROWID;
CREATE INDEX instances_facture ON instances (entite, facture);
CREATE INDEX instances_lettres ON instances (entite, client) WHERE lettre = 1;
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
    entite   TEXT NOT NULL,
    client   TEXT NOT NULL,
    cle      TEXT NOT NULL,
    genre    TEXT NOT NULL,
    -- the key of a task that no rule asks for
    propre   TEXT,
    -- JSON
    factures TEXT NOT NULL,
    depuis   TEXT,
    jusqu_au TEXT,
    role     TEXT,
    quoi     TEXT NOT NULL,
    montant  INTEGER NOT NULL,
    devise   TEXT,
    -- 1 when nobody is to do it now: held, promised or disputed
    repose   INTEGER NOT NULL,
    rang     TEXT NOT NULL,
    PRIMARY KEY (entite, client, cle)
) STRICT, WITHOUT ROWID;
CREATE INDEX a_faire_rang ON a_faire (entite, genre, rang, client, cle) WHERE NOT repose;

-- The words under which clients are looked for, by what they begin with.
CREATE TABLE mots (
    entite TEXT NOT NULL,
    mot    TEXT NOT NULL,
    client TEXT NOT NULL,
    PRIMARY KEY (entite, mot, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX mots_client ON mots (entite, client, mot);

-- Payments by the journal, those that were reversed below 0.
CREATE TABLE encaissements (
    entite   TEXT NOT NULL,
    client   TEXT NOT NULL,
    position INTEGER NOT NULL,
    jour     TEXT NOT NULL,
    facture  TEXT NOT NULL,
    montant  INTEGER NOT NULL,
    devise   TEXT NOT NULL,
    PRIMARY KEY (entite, client, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX encaissements_jour ON encaissements (entite, jour, client, position);

-- Sums by due day (or month) of open invoices, of invoices issued (emise) and of payments (encaisse), for each value on each axis; a sum
-- is that of all its parts: see store/views/.
CREATE TABLE cumuls (
    entite TEXT NOT NULL,
    axe    TEXT NOT NULL,
    valeur TEXT NOT NULL,
    devise TEXT NOT NULL,
    jour   TEXT NOT NULL,
    part   INTEGER NOT NULL,
    nombre INTEGER NOT NULL,
    reste  INTEGER NOT NULL,
    PRIMARY KEY (entite, axe, valeur, devise, jour, part)
) STRICT, WITHOUT ROWID;

-- Rows in the order of their writing, here and in envois: sorted by client, each batch would touch as many pages as it has clients.
CREATE TABLE journal (
    entite   TEXT NOT NULL,
    client   TEXT NOT NULL,
    position INTEGER NOT NULL,
    le       INTEGER NOT NULL,
    facture  TEXT,
    -- NULL once erased
    entree   TEXT,
    -- what an erased entry was about
    efface   TEXT,
    -- SHA-256 of salt, position and text; SHA-256 of the last link, position, moment and digest: see store/chain.rs
    condensat BLOB NOT NULL,
    chaine    BLOB NOT NULL,
    PRIMARY KEY (entite, client, position)
) STRICT;
CREATE INDEX journal_jours ON journal (entite, le);
-- What left, each message and letter once: calls are not, nor invoices that left within another one's message.
CREATE INDEX journal_partis ON journal (entite, le, client, position) WHERE instr(entree, '"event":{"quoi":"sent",') > 0
    AND instr(entree, '"channel":"appel"') = 0 AND instr(entree, '"within":"') = 0;

-- Nothing changes an entry but the erasure of a file whose salt is destroyed: the text goes, and the invoice's number; what the entry was
-- about stays, with its place in the chain.
CREATE TRIGGER journal_sans_modification BEFORE UPDATE ON journal
WHEN NOT (
    OLD.entree IS NOT NULL AND NEW.entree IS NULL AND NEW.facture IS NULL AND NEW.efface IS OLD.entree->>'$.event.quoi'
    AND NEW.entite IS OLD.entite AND NEW.client IS OLD.client AND NEW.position IS OLD.position AND NEW.le IS OLD.le
    AND NEW.condensat IS OLD.condensat AND NEW.chaine IS OLD.chaine
    AND EXISTS (SELECT 1 FROM dossiers WHERE entite = OLD.entite AND client = OLD.client AND efface_le IS NOT NULL AND sel IS NULL)
)
BEGIN SELECT RAISE(ABORT, 'le journal ne se modifie pas'); END;
CREATE TRIGGER journal_sans_suppression BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'le journal ne s''efface pas'); END;

-- What happened outside, as imported. Taken in by a run once it is known; kept to recognise it when it comes again.
CREATE TABLE entrees (
    numero   INTEGER PRIMARY KEY,
    entite   TEXT NOT NULL,
    id       TEXT NOT NULL,
    client   TEXT NOT NULL,
    connue   INTEGER NOT NULL,
    importee INTEGER NOT NULL,
    prise    INTEGER NOT NULL DEFAULT 0,
    donnees  TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX entrees_id ON entrees (entite, client, id);
CREATE INDEX entrees_client ON entrees (entite, client, connue) WHERE prise = 0;

-- Messages from decision to outcome: prete, reclamee, partie, echouee, differee, retiree, doute.
CREATE TABLE envois (
    entite      TEXT NOT NULL,
    client      TEXT NOT NULL,
    cle         TEXT NOT NULL,
    facture     TEXT NOT NULL,
    canal       TEXT NOT NULL,
    statut      TEXT NOT NULL,
    -- 1 while it is not known for good what became of it
    ouverte     INTEGER NOT NULL,
    decide_le   INTEGER NOT NULL,
    message     TEXT NOT NULL,
    fini_le     INTEGER,
    fournisseur TEXT,
    -- to whom it was handed over, as on that day
    destinataires TEXT,
    detail      TEXT,
    PRIMARY KEY (entite, client, cle)
) STRICT;
CREATE INDEX envois_ouvertes ON envois (entite, client, cle) WHERE ouverte = 1;
CREATE INDEX envois_recommandees ON envois (entite, fournisseur) WHERE canal = 'lettre_recommandée';
CREATE INDEX envois_decides ON envois (entite, decide_le, canal);

-- What is kept as it left or came back: messages, letters, proofs. Rows in the order of their writing.
CREATE TABLE documents (
    entite     TEXT NOT NULL,
    client     TEXT NOT NULL,
    -- that of the effect in envois, or facture: and a number
    cle        TEXT NOT NULL,
    genre      TEXT NOT NULL,
    nom        TEXT NOT NULL,
    type_media TEXT NOT NULL,
    le         INTEGER NOT NULL,
    -- length and SHA-256 of the document; its content may be compressed (deflate)
    taille     INTEGER NOT NULL,
    empreinte  BLOB NOT NULL,
    comprime   INTEGER NOT NULL,
    contenu    BLOB NOT NULL,
    PRIMARY KEY (entite, client, cle, genre, nom)
) STRICT;

-- Nothing changes a document; it goes with the erasure of its file.
CREATE TRIGGER documents_sans_modification BEFORE UPDATE ON documents
BEGIN SELECT RAISE(ABORT, 'un document gardé ne se modifie pas'); END;
CREATE TRIGGER documents_sans_suppression BEFORE DELETE ON documents
WHEN NOT EXISTS (SELECT 1 FROM dossiers WHERE entite = OLD.entite AND client = OLD.client AND efface_le IS NOT NULL AND sel IS NULL)
BEGIN SELECT RAISE(ABORT, 'un document gardé ne s''efface pas'); END;

-- What the company's own systems and people are told of journal lines, until they have it; given up when no longer open.
CREATE TABLE notifications (
    entite       TEXT NOT NULL,
    client       TEXT NOT NULL,
    -- that of the line in the client's journal
    position     INTEGER NOT NULL,
    destinataire TEXT NOT NULL,
    corps        TEXT NOT NULL,
    decide_le    INTEGER NOT NULL,
    ouverte      INTEGER NOT NULL DEFAULT 1,
    essais       INTEGER NOT NULL DEFAULT 0,
    -- not before
    prochain     INTEGER NOT NULL,
    -- until when a program has it in hand, by the machine's clock
    bail         INTEGER NOT NULL DEFAULT 0,
    detail       TEXT,
    PRIMARY KEY (entite, client, position, destinataire)
) STRICT;
CREATE INDEX notifications_dues ON notifications (entite, destinataire, essais, decide_le, client, position) WHERE ouverte = 1;

CREATE TABLE imports (
    numero  INTEGER PRIMARY KEY,
    entite  TEXT NOT NULL,
    le      INTEGER NOT NULL,
    rapport TEXT NOT NULL
) STRICT;

-- Scenario files as somebody is writing them in the pages; without a text the file is to go.
CREATE TABLE brouillons (
    entite  TEXT NOT NULL,
    fichier TEXT NOT NULL,
    texte   TEXT,
    par     TEXT NOT NULL,
    le      INTEGER NOT NULL,
    PRIMARY KEY (entite, fichier)
) STRICT, WITHOUT ROWID;

-- Files put down to be imported, until somebody has read what they would change; not copied to another base.
CREATE TABLE depots (
    entite  TEXT NOT NULL,
    jeton   TEXT NOT NULL,
    rang    INTEGER NOT NULL,
    nom     TEXT NOT NULL,
    contenu BLOB NOT NULL,
    le      INTEGER NOT NULL,
    PRIMARY KEY (entite, jeton, rang)
) STRICT;

-- Why this base is not to run by itself, since when what happened is not known here, and the base that went on: see store/mark.rs.
CREATE TABLE marques (
    entite TEXT NOT NULL PRIMARY KEY,
    motif  TEXT NOT NULL,
    depuis INTEGER NOT NULL,
    vers   TEXT
) STRICT, WITHOUT ROWID;

-- Who may enter, and what each may do. A person has one account for the whole base, and a role for each creditor: what follows belongs to
-- the base unless its key begins with a creditor. Of what opens a door, only an Argon2id or a SHA-256 is kept; see server/src/auth/.
CREATE TABLE comptes (
    id           TEXT NOT NULL PRIMARY KEY,
    -- an e-mail address, folded
    identifiant  TEXT NOT NULL UNIQUE,
    nom          TEXT NOT NULL,
    -- Argon2id, as a PHC string; none until the person has chosen a password
    mot_de_passe TEXT,
    -- the secret of the second factor, readable: see docs/architecture.md; the one that is shown until a first code confirms it; the step
    -- of the last code that was taken, so that each opens once
    totp         BLOB,
    totp_propose BLOB,
    totp_pas     INTEGER,
    -- whom an OpenID Connect provider calls by what name
    emetteur     TEXT,
    sujet        TEXT,
    cree_le      INTEGER NOT NULL,
    desactive_le INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX comptes_sujet ON comptes (emetteur, sujet) WHERE sujet IS NOT NULL;

CREATE TABLE droits (
    entite TEXT NOT NULL,
    compte TEXT NOT NULL,
    role   TEXT NOT NULL CHECK (role IN ('lecture', 'gestionnaire', 'valideur', 'administrateur')),
    PRIMARY KEY (entite, compte)
) STRICT, WITHOUT ROWID;
CREATE INDEX droits_compte ON droits (compte);

-- Codes that replace the second factor, once each: a row goes when it is used.
CREATE TABLE codes_secours (
    compte    TEXT NOT NULL,
    empreinte BLOB NOT NULL,
    PRIMARY KEY (compte, empreinte)
) STRICT, WITHOUT ROWID;

-- Links that open once: premier (no account yet), invitation, mot_de_passe. A row goes when it is used.
CREATE TABLE liens_uniques (
    empreinte BLOB NOT NULL PRIMARY KEY,
    genre     TEXT NOT NULL,
    compte    TEXT,
    expire    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    empreinte BLOB NOT NULL PRIMARY KEY,
    -- what pages call it
    id        TEXT NOT NULL,
    compte    TEXT NOT NULL,
    creee_le  INTEGER NOT NULL,
    -- written at most once a minute
    vue_le    INTEGER NOT NULL,
    expire    INTEGER NOT NULL,
    agent     TEXT NOT NULL,
    -- mot_de_passe while the second factor is awaited; ouverte, ouverte_deux when it was given
    etape     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_compte ON sessions (compte);

-- Tries that are counted against guessing: by account, by address, by both together. Keys are digests; see store/accounts/attempts.rs.
CREATE TABLE tentatives (
    cle      BLOB NOT NULL PRIMARY KEY,
    nombre   INTEGER NOT NULL,
    -- nobody tries before
    libre_le INTEGER NOT NULL,
    derniere INTEGER NOT NULL,
    -- when the person was last let in from there
    admis_le INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tentatives_derniere ON tentatives (derniere);

CREATE TABLE cles_api (
    entite      TEXT NOT NULL,
    -- shown, and the beginning of the key
    id          TEXT NOT NULL,
    nom         TEXT NOT NULL,
    empreinte   BLOB NOT NULL,
    -- JSON
    portees     TEXT NOT NULL,
    cree_par    TEXT NOT NULL,
    cree_le     INTEGER NOT NULL,
    vue_le      INTEGER,
    expire      INTEGER,
    revoquee_le INTEGER,
    PRIMARY KEY (entite, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cles_api_empreinte ON cles_api (empreinte);

-- Who did what; nothing of it changes. Rows in the order of their writing.
CREATE TABLE audit (
    numero  INTEGER PRIMARY KEY,
    le      INTEGER NOT NULL,
    -- the account; none when it is not known who it was
    compte  TEXT,
    -- how that account, or the key that acted for it, was called then
    qui     TEXT,
    adresse TEXT,
    quoi    TEXT NOT NULL,
    -- codes and numbers, never words about a client
    objet   TEXT,
    entite  TEXT,
    issue   TEXT NOT NULL
) STRICT;
CREATE INDEX audit_compte ON audit (compte, numero);
CREATE INDEX audit_entite ON audit (entite, numero);
CREATE INDEX audit_quoi ON audit (quoi, numero);
CREATE TRIGGER audit_sans_modification BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'le registre des accès ne se modifie pas'); END;
CREATE TRIGGER audit_sans_suppression BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'le registre des accès ne s''efface pas'); END;

-- Writes that the API has done or is doing, so that one that is asked twice is done once.
CREATE TABLE idempotences (
    entite    TEXT NOT NULL,
    -- the account or the key that asks
    porteur   TEXT NOT NULL,
    cle       TEXT NOT NULL,
    -- SHA-256 of the request
    condensat BLOB NOT NULL,
    -- of the answer; none while it is being done
    statut    INTEGER,
    corps     BLOB,
    expire    INTEGER NOT NULL,
    PRIMARY KEY (entite, porteur, cle)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotences_expire ON idempotences (expire);

-- Links by which a debtor's contact sees the file of the client.
CREATE TABLE acces_portail (
    entite     TEXT NOT NULL,
    client     TEXT NOT NULL,
    id         TEXT NOT NULL,
    contact    TEXT NOT NULL,
    empreinte  BLOB NOT NULL,
    cree_par   TEXT,
    cree_le    INTEGER NOT NULL,
    expire     INTEGER NOT NULL,
    revoque_le INTEGER,
    vu_le      INTEGER,
    PRIMARY KEY (entite, client, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX acces_portail_empreinte ON acces_portail (empreinte);

-- What one person has asked for and another must grant.
CREATE TABLE demandes (
    entite       TEXT NOT NULL,
    client       TEXT NOT NULL,
    id           TEXT NOT NULL,
    -- JSON
    acte         TEXT NOT NULL,
    facture      TEXT,
    -- the account that answers for it
    demandee_par TEXT NOT NULL,
    demandee_le  INTEGER NOT NULL,
    motif        TEXT NOT NULL,
    decidee_par  TEXT,
    decidee_le   INTEGER,
    -- accordee, refusee; retiree by the account that asked
    decision     TEXT,
    note         TEXT,
    PRIMARY KEY (entite, client, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX demandes_ouvertes ON demandes (entite, demandee_le, client, id) WHERE decidee_le IS NULL;
