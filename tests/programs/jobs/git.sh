# git: a history of its own, with shared object stores.
# folders: /usr/lib/git-core /usr/share/git-core
# with: git git-upload-pack git-receive-pack cat ls sort mv rm seq wc sed grep find diff less
# memory: 384
exec 2>&1
umask 022
export GIT_CONFIG_NOSYSTEM=1 HOME=$PWD GIT_AUTHOR_DATE="2000000000 +0000" GIT_COMMITTER_DATE="2000000000 +0000" GIT_PAGER=cat LC_ALL=C
git config --global user.name A; git config --global user.email a@b; git config --global init.defaultBranch main; git config --global gc.auto 0; git config --global advice.detachedHead false; git config --global protocol.file.allow always
git init -q r; cd r; seq 1 1000 >f; mkdir d; echo x >d/x; git add .; git commit -qm one; git status --short; git rev-parse HEAD
sed -i 's/^5$/five/' f; git diff --stat; git commit -qam two; git mv f g; git commit -qm three; git log --oneline --follow g; git log --stat -1 | cat
git branch side HEAD~1; git checkout -q side; sed -i 's/^900$/nine/' f; echo new >n; git add n; git commit -qam side; git checkout -q main; git merge -q -m merged side; git log --graph --oneline; grep -c nine g
git checkout -qb clash HEAD~1; echo other >n; git add n; git commit -qm clash; git merge side; echo "merge $?"; git status --short; git checkout --theirs n; git add n; git commit -qm resolved; git diff --exit-code main -- d; git rebase -q main; echo "rebase $?"; git rebase --abort; git stash list; echo dirty >>g; git stash -q; git stash pop -q; git checkout -q -f main
git tag -am tagged v1; git describe; git cherry-pick clash 2>&1 | tail -n 1; git cherry-pick --abort; git blame -s g | sed -n 5p | cut -d' ' -f 2-; git show --name-only --format=%s HEAD^2; git grep -n five; git ls-files -s; git cat-file -p HEAD:; git shortlog -sn HEAD; git reflog | wc -l
cd ..; git clone -q --shared r s; cat s/.git/objects/info/alternates | sed "s|$PWD||"; git -C s log --oneline | wc -l; git clone -q --bare r b.git; git clone -q --local r l; git clone -q file://$PWD/b.git t --depth 1; git -C t log --oneline | wc -l; git -C s count-objects | cut -d, -f1
cd s; echo more >m; git add m; git commit -qm more; git push -q ../b.git main; git -C ../b.git log -1 --format=%s; cd ../l; git pull -q ../b.git main; cat m; git fetch -q ../s; git fsck --strict; git gc -q --prune=now; git fsck; git count-objects -v | grep -v size; git repack -adq; git verify-pack .git/objects/pack/*.idx && echo packed; git archive --format=tar HEAD | wc -c
git bundle create -q ../bu HEAD main; git clone -q -b main ../bu ../fromb; git worktree add -q ../wt side; git -C ../wt status -sb; git worktree list | wc -l; git worktree remove ../wt; git submodule --quiet add ../r sub; git commit -qm sub; git submodule status | cut -c 43-; printf '#!/bin/sh\necho hook; exit 1\n' >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; git commit --allow-empty -m x; echo "hook $?"; git rm -qr d; git clean -fdqx; git reset -q --hard; git format-patch -q -1 HEAD~1 --stdout | git apply --check -R; echo "applies $?"; seq 100000 | git hash-object --stdin -w; git for-each-ref | wc -l
