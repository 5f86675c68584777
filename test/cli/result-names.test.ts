import { describe, expect, test } from 'vitest';
import { resultNames } from '../../src/kinds/image-set/cli/result-names.ts';

const names = (paths: readonly string[], suffix = '', existing: readonly string[] = []): readonly string[] => {
  const delivered = paths.map((_, idx) => ({ idx, url: `https://waybill.example/o/${idx}_result.png?X=1` }));
  return resultNames(delivered, paths, suffix, existing);
};

describe('the names of results', () => {
  test.each([
    [['a/sofa.jpg'], ['sofa.png']],
    [['front.jpg', 'front.png', 'FRONT.JPEG'], ['front.png', 'front-2.png', 'FRONT-3.png']],
    [['front.jpg', 'front.png', 'front-2.jpg'], ['front.png', 'front-3.png', 'front-2.png']],
    [['front-2.jpg', 'front.jpg', 'front.png'], ['front-2.png', 'front.png', 'front-3.png']],
    [['a/x.jpg', 'b/x.jpg', 'a/x.webp'], ['x.png', 'x-2.png', 'x-3.png']],
    [['caf\u00e9.jpg', 'cafe\u0301.jpg'], ['caf\u00e9.png', 'cafe\u0301-2.png']],
    [['con.jpg', 'COM1.tar.jpg', 'console.jpg'], ['_con.png', '_COM1.tar.png', 'console.png']],
  ])('of %j are %j', (paths, expected) => {
    expect(names(paths)).toEqual(expected);
  });

  test('are none of those in the folder, in whatever case and composition', () => {
    expect(names(['sofa.jpg', 'caf\u00e9.jpg'], '', ['SOFA.png', 'sofa-2.PNG', 'cafe\u0301.png']))
      .toEqual(['sofa-3.png', 'caf\u00e9-2.png']);
  });

  test('have the suffix before the number', () => {
    expect(names(['sofa.png', 'sofa.jpg'], '-cut', ['sofa.png'])).toEqual(['sofa-cut.png', 'sofa-cut-2.png']);
  });

  test('are those of the server, made safe, where the photos are not known', () => {
    const at = (idx: number, path: string) => ({ idx, url: `https://waybill.example/${path}` });
    expect(resultNames([at(0, '0_result.webp'), at(1, '..%2Fevil%00.png'), at(2, '.png')], [], '', []))
      .toEqual(['0_result.webp', '1_result.png', '2_result']);
  });
});
