#!/bin/sh
# Refait les images de docs/galerie.md : chaque modèle livré, tel que le navigateur Chromium le montre.
#
#   docs/images/modeles.sh [PROGRAMME]        PROGRAMME : target/release/relance par défaut
#   CHROMIUM=chemin docs/images/modeles.sh    un autre navigateur que `chromium`
set -eu

racine=$(cd "$(dirname "$0")/../.." && pwd)
relance=${1:-$racine/target/release/relance}
navigateur=${CHROMIUM:-chromium}
travail=$(mktemp -d)
trap 'rm -rf "$travail"' EXIT

"$relance" init --complet --projet "$travail" >/dev/null
cp "$racine/scenarios/relance.toml" "$travail/relance.toml"
rm -f "$racine"/docs/images/modeles/*.webp

for fichier in "$travail"/modeles/*/*.md; do
    nom=$(basename "$fichier" .md)
    canal=$(basename "$(dirname "$fichier")")
    # Les morceaux ne sont pas des messages, et les traductions ressemblent à ce qu'elles traduisent.
    case "$canal/$nom" in communs/* | */*.*) continue ;; esac
    regime=b2b
    case "$nom" in
        *particulier*) regime=b2c ;;
        *public* | mandatement | interets_moratoires) regime=public ;;
    esac
    case "$canal" in
        email) taille=390,800 ;;
        sms) taille=390,220 ;;
        *) taille=620,800 ;;
    esac
    page=$travail/page.html
    "$relance" apercu "$canal/$nom" --projet "$travail" --regime "$regime" --format html --sortie "$page" >/dev/null
    # Le navigateur parle beaucoup : son silence n'est pas demandé, seulement son image.
    "$navigateur" --headless=new --no-sandbox --hide-scrollbars --disable-gpu "--window-size=$taille" \
        "--screenshot=$racine/docs/images/modeles/${canal}_$nom.webp" "file://$page" >/dev/null 2>&1
    echo "$canal/$nom"
done
