// The addresses and credentials of this sandbox, by the names that they have in sandbox.env;
// conf/quickstart writes them.

export const access = {};

export async function readAccess() {
    const answer = await fetch('sandbox.json');
    if (!answer.ok)
        throw new Error('sandbox.json is missing: start the sandbox by conf/quickstart');
    Object.assign(access, await answer.json());
}
