-- 1 when the publication was made with `executer --rattraper`: the invoices that it moves fire the highest rung already due.
ALTER TABLE publications ADD COLUMN rattrapage INTEGER NOT NULL DEFAULT 0;
